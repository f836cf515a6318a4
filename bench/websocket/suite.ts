import { defineSuite, type ServerSpec, type Suite } from "../frame/suite.ts";
import { echoLoad } from "./echo-load.ts";
import { fanOutLoad } from "./fan-out-load.ts";

const entry = (file: string): URL => new URL(file, import.meta.url);

const rollcage = (
  name: string,
  title: string,
  codec: string,
  loads: readonly string[],
): ServerSpec => ({
  name,
  title,
  entry: entry("./rollcage.ts"),
  env: { CODEC: codec, CLUSTER: name.startsWith("cluster") ? "1" : "0" },
  loads,
});

const suite: Suite = defineSuite({
  name: "websocket",
  title: "One publish, many subscribers",
  about:
    "Deliveries of published messages, a small one and a 41 KB snapshot. The control is µWebSockets.js in one process; " +
    "`publish` reaches the subscribers of all workers, socket.io does the same with its cluster adapter.",
  control: "raw",
  servers: [
    {
      name: "raw",
      title: "raw µWebSockets.js, one process",
      entry: entry("./raw.ts"),
      loads: ["echo", "small-plain", "snapshot-plain"],
    },
    {
      name: "raw-deflate",
      title: "raw µWebSockets.js with deflate, one process",
      entry: entry("./raw.ts"),
      env: { DEFLATE: "1" },
      loads: ["snapshot-deflate"],
    },
    rollcage("safe", "safeWebSocket, one process", "none", [
      "echo",
      "small-plain",
      "snapshot-plain",
    ]),
    rollcage("safe-brotli", "safeWebSocket with brotli, one process", "brotli", [
      "small-brotli",
      "snapshot-brotli",
    ]),
    rollcage("cluster", "publish, all workers", "none", ["small-plain", "snapshot-plain"]),
    rollcage("cluster-brotli", "publish with brotli, all workers", "brotli", ["snapshot-brotli"]),
    {
      name: "socket.io",
      title: "socket.io with its cluster adapter",
      entry: entry("./socket-io.ts"),
      loads: ["small-socket.io", "snapshot-socket.io"],
    },
  ],
  loads: [
    echoLoad,
    fanOutLoad("small", "plain"),
    fanOutLoad("small", "brotli"),
    fanOutLoad("small", "socket.io"),
    fanOutLoad("snapshot", "plain"),
    fanOutLoad("snapshot", "deflate"),
    fanOutLoad("snapshot", "brotli"),
    fanOutLoad("snapshot", "socket.io"),
  ],
});
export default suite;
