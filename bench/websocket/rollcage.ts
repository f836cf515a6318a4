// safeWebSocket, in one process or (CLUSTER=1) on all cores with one publish for all of them.
import { publish, startServer } from "../../src/index.ts";
import { safeWebSocket } from "../../safety/index.ts";
import { App, us_socket_local_port } from "../../src/uws.ts";
import { announceReady } from "../frame/announce.ts";
import { isPayloadName, payloads, TOPIC } from "./payloads.ts";

const isCluster = process.env["CLUSTER"] === "1";
const codec = process.env["CODEC"] as "none" | "deflate" | "brotli";

const app = App().ws(
  "/*",
  safeWebSocket({
    compression: { codec },
    maxBackpressure: 64 * 1024 * 1024,
    message(ws, message) {
      const text = Buffer.from(message).toString();
      if (text === "echo") ws.send(message, false);
      else if (text === "subscribe") ws.subscribe(TOPIC);
      else if (isPayloadName(text)) {
        if (isCluster) publish(TOPIC, payloads[text]);
        else app.publish(TOPIC, payloads[text]);
      }
    },
  }),
);

if (isCluster) {
  const { mode, port } = await startServer(app, { host: "127.0.0.1", port: 0 });
  if (mode === "primary") announceReady(port);
} else {
  app.listen("127.0.0.1", 0, (socket) => {
    if (socket) announceReady(us_socket_local_port(socket));
  });
}
