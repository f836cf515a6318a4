import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePrimaryMessage, parseWorkerMessage } from "../../../src/messages/message.ts";
import { fromRemoteError, toRemoteError } from "../../../src/messages/remote-error.ts";
import { startStatsSampler } from "../../../src/telemetry/stats-sampler.ts";

describe("parseWorkerMessage", () => {
  const sampler = startStatsSampler(() => 3);
  const stats = sampler.sample();
  sampler.stop();

  it("takes what the worker's own sampler makes", () => {
    expect(stats).toMatchObject({ pid: process.pid, activeConnections: 3 });
    expect(parseWorkerMessage({ type: "rollcage:ready", stats })).toEqual({
      type: "rollcage:ready",
      stats,
    });
    expect(parseWorkerMessage({ type: "rollcage:stats", stats })).toEqual({
      type: "rollcage:stats",
      stats,
    });
  });

  it.each([
    [{ type: "rollcage:ready" }],
    [{ type: "rollcage:ready", stats, port: "3001" }],
    [{ type: "rollcage:stats", stats: { ...stats, cpuPercent: "9" } }],
    [{ type: "rollcage:stats", stats: { ...stats, rssBytes: NaN } }],
    [{ type: "rollcage:pong" }],
    [{ type: "rollcage:failed", error: "x" }],
    [{ type: "rollcage:stop-request", graceful: 1 }],
    [{ type: "rollcage:unknown" }],
    [{ type: "toString" }],
    [{ type: "__proto__" }],
    [{ type: { toString: 1 } }],
    [{ type: "rollcage:failed", error: { message: "x", name: { toString: 1 } } }],
    [null],
    ["rollcage:pong"],
  ])("takes %j for none of its own", (value) => {
    expect(parseWorkerMessage(value)).toBeUndefined();
  });

  it("survives whatever an application sends", () => {
    fc.assert(
      fc.property(fc.anything(), fc.string(), (value, type) => {
        expect(parseWorkerMessage(value)).toBeUndefined();
        expect(parsePrimaryMessage({ type, value })).toBeUndefined();
      }),
    );
  });
});

describe("fromRemoteError", () => {
  it("keeps name, message, code and the stack of the process that threw", () => {
    const error = Object.assign(new TypeError("no"), { code: "E_NO" });
    const rebuilt = fromRemoteError(structuredClone(toRemoteError(error)));
    expect(rebuilt).toMatchObject({
      name: "TypeError",
      message: "no",
      code: "E_NO",
      stack: error.stack,
    });
    expect(fromRemoteError(toRemoteError("text")).message).toBe("text");
  });
});
