import { createApp, parseJson } from "../../safety/index.ts";
import { startServer } from "../../src/index.ts";
import { announceReady } from "../frame/announce.ts";
import { answerUser } from "./answer.ts";

const app = createApp();
app.get("/user/:id", (res, req) => {
  res.json(answerUser(req.getParameter(0) ?? ""));
});
app.post("/echo", async (res) => {
  res.json(await parseJson(res));
});
const { mode, port } = await startServer(app, { host: "127.0.0.1", port: 0 });
if (mode === "primary") announceReady(port);
