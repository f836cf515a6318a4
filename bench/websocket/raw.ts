// µWebSockets.js in one process, by itself. DEFLATE=1: permessage-deflate for everything that is published.
import { App, DISABLED, SHARED_COMPRESSOR, us_socket_local_port } from "../../src/uws.ts";
import { announceReady } from "../frame/announce.ts";
import { isPayloadName, payloads, TOPIC } from "./payloads.ts";

const deflate = process.env["DEFLATE"] === "1";

const app = App().ws("/*", {
  compression: deflate ? SHARED_COMPRESSOR : DISABLED,
  maxBackpressure: 64 * 1024 * 1024,
  message(ws, message) {
    const text = Buffer.from(message).toString();
    if (text === "echo") ws.send(message);
    else if (text === "subscribe") ws.subscribe(TOPIC);
    else if (isPayloadName(text)) app.publish(TOPIC, payloads[text], false, deflate);
  },
});

app.listen("127.0.0.1", 0, (socket) => {
  if (socket) announceReady(us_socket_local_port(socket));
});
