import { Server } from "hyper-express";
import { runWorkers } from "../frame/run-workers.ts";
import { answerUser } from "./answer.ts";

const app = new Server();
app.get("/user/:id", (request, response) => {
  response.json(answerUser(String(request.params["id"])));
});
app.post("/echo", (request, response) => request.json().then((body) => response.json(body)));
await runWorkers((port) => app.listen(port, "127.0.0.1"));
