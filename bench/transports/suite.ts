import assert from "node:assert/strict";
import type { HttpAnswer } from "../frame/ask.ts";
import { defineSuite, type ServerSpec, type Suite } from "../frame/suite.ts";
import { idleLoad } from "../generators/idle-load.ts";
import { httpLoad } from "../generators/http-load.ts";

const entry = (file: string): URL => new URL(file, import.meta.url);

const rollcage = (transport: string): ServerSpec => ({
  name: transport,
  title: `rollcage, ${transport}`,
  entry: entry("./rollcage.ts"),
  env: { TRANSPORT: transport },
});

function check({ status, body }: HttpAnswer): void {
  assert.equal(status, 200);
  assert.equal(body.toString(), "hello");
}

const suite: Suite = defineSuite({
  name: "transports",
  title: "How a connection reaches its worker",
  about:
    "One Express app behind each transport. The control is the app alone, each worker with its own " +
    "`SO_REUSEPORT` socket; the plain pipe is the classic primary that copies every byte.",
  control: "bare",
  servers: [
    { name: "bare", title: "no rollcage, bare SO_REUSEPORT", entry: entry("./bare-reuseport.ts") },
    rollcage("handoff"),
    rollcage("reuseport"),
    rollcage("proxy"),
    { name: "plain-pipe", title: "no rollcage, `net` pipe proxy", entry: entry("./plain-pipe.ts") },
  ],
  loads: [
    httpLoad({ name: "kept-alive", title: "64 kept-alive connections", path: "/", check }),
    httpLoad({
      name: "new-connection",
      title: "a new connection per request",
      path: "/close",
      connection: "new-per-request",
      check,
    }),
    idleLoad({
      name: "idle",
      title: "10 000 idle connections",
      path: "/",
      connections: 10_000,
      check,
    }),
  ],
});
export default suite;
