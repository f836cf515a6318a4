import fastify from "fastify";
import { runWorkers } from "../frame/run-workers.ts";
import { answerUser } from "./answer.ts";

const app = fastify();
app.get<{ Params: { id: string } }>("/user/:id", (request) => answerUser(request.params.id));
app.post("/echo", (request) => request.body);
await runWorkers((port) => app.listen({ port, host: "127.0.0.1" }));
