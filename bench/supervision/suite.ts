import assert from "node:assert/strict";
import { ask } from "../frame/ask.ts";
import { defineSuite, type Load, type ServerSpec, type Suite } from "../frame/suite.ts";
import { forkGenerator } from "../generators/forked.ts";
import type { DisturbedPlan, Disturbance } from "./disturbed-traffic.ts";

const CONNECTIONS = 64;

const server = (name: string, transport: string): ServerSpec => ({
  name,
  title: `rollcage, ${transport}`,
  entry: new URL("../transports/rollcage.ts", import.meta.url),
  env: { TRANSPORT: transport },
});

function disturbed(disturbance: Disturbance, title: string): Load {
  return {
    name: disturbance,
    title,
    unit: "request",
    columns: {
      completed: "answered",
      disturbances: disturbance === "reload" ? "reloads" : "kills",
      failedRequests: "failed",
      crossedRequests: "crossed a close",
      failedBeyondInFlight: "failed, not in flight at a kill",
    },
    async verify(target) {
      const { status, body } = await ask(target, { path: "/" });
      assert.equal(status, 200);
      assert.equal(body.toString(), "hello");
    },
    prepare({ host, port, pid }, { maxConnections }) {
      const connections = Math.min(CONNECTIONS, maxConnections);
      const plan: DisturbedPlan = { host, port, pid, connections, disturbance };
      return forkGenerator(new URL("./disturbed-traffic.ts", import.meta.url), plan);
    },
    warmsUpItself: true,
  };
}

const suite: Suite = defineSuite({
  name: "supervision",
  title: "Reloads and dying workers under load",
  about:
    "64 connections always have a request under way while all workers are replaced, or one is killed every second (if none is missing). " +
    "*Crossed a close*: sent on a kept-alive connection at the moment at which it ended, before any byte of an answer.",
  control: "rollcage",
  servers: [server("rollcage", "handoff"), server("proxy", "proxy")],
  loads: [
    disturbed("reload", "a rolling reload every second (or when the one before is done)"),
    disturbed("kill", "SIGKILL of a worker every second"),
  ],
  profile: { warmUpMs: 1_000, durationMs: 6_000 },
});
export default suite;
