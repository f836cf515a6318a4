import { createApp } from "../../safety/index.ts";
import { announceReady } from "../frame/announce.ts";

const app = createApp().get("/", (res) => {
  res.end("hello");
});
for (let index = 0; index < Number(process.env["PLUGINS"] ?? 0); index++) {
  const counter = {
    name: `counter-${index}`,
    requests: 0,
    onRequest: () => void counter.requests++,
  };
  app.use(counter);
}
const { port } = await app.listen(0, "127.0.0.1");
announceReady(port);
