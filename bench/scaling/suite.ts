import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { defineSuite, type ServerSpec, type Suite } from "../frame/suite.ts";
import { httpLoad } from "../generators/http-load.ts";

/** 1, 2, 4, 8 … and all cores. */
const counts = [1, 2, 4, 8, 16, 32, 64].filter((count) => count < availableParallelism());
counts.push(availableParallelism());

const server = (transport: string, workers: number): ServerSpec => ({
  name: `${transport}-${workers}`,
  title: `${transport}, ${workers} ${workers === 1 ? "worker" : "workers"}`,
  entry: new URL("../transports/rollcage.ts", import.meta.url),
  env: { TRANSPORT: transport, WORKERS: String(workers) },
});

const load = (name: string, title: string, connection: "kept-alive" | "new-per-request") =>
  httpLoad({
    name,
    title,
    connection,
    path: connection === "kept-alive" ? "/" : "/close",
    check({ status, body }) {
      assert.equal(status, 200);
      assert.equal(body.toString(), "hello");
    },
  });

const suite: Suite = defineSuite({
  name: "scaling",
  title: "More workers",
  about:
    "One Express app by one worker and by more. The load generator takes its share of the same cores, so the CPU " +
    "time per request tells more than the requests per second.",
  control: "handoff-1",
  servers: ["handoff", "proxy"].flatMap((transport) =>
    counts.map((workers) => server(transport, workers)),
  ),
  loads: [
    load("kept-alive", "64 kept-alive connections", "kept-alive"),
    load("new-connection", "a new connection per request", "new-per-request"),
  ],
});
export default suite;
