import { describe, expect, it } from "vitest";
import { RollcageError } from "../../../src/index.ts";
import { selectTransport } from "../../../src/transports/select-transport.ts";

const linux = {
  platform: "linux",
  systemCalls: true,
  isClusterWorker: false,
  adoptsSockets: true,
} as const;

describe("selectTransport", () => {
  it.each([
    ["uws", linux, "handoff"],
    ["node-http", linux, "handoff"],
    ["listener", linux, "proxy"],
    ["uws", { ...linux, systemCalls: false }, "proxy"],
    ["uws", { ...linux, isClusterWorker: true }, "proxy"],
    ["uws", { ...linux, adoptsSockets: false }, "proxy"],
    ["uws", { ...linux, platform: "darwin", systemCalls: false }, "proxy"],
    ["node-http", { ...linux, platform: "win32", systemCalls: false }, "proxy"],
  ] as const)("takes for %s on %j by itself %s", (appKind, platform, name) => {
    expect(selectTransport("auto", appKind, platform)).toMatchObject({ name });
  });

  it.each([
    ["handoff", "listener", linux],
    ["handoff", "uws", { ...linux, systemCalls: false }],
    ["handoff", "uws", { ...linux, platform: "darwin" }],
    ["handoff", "node-http", { ...linux, isClusterWorker: true }],
    ["handoff", "uws", { ...linux, adoptsSockets: false }],
    ["reuseport", "listener", linux],
    ["reuseport", "uws", { ...linux, platform: "win32", systemCalls: false }],
  ] as const)("refuses %s for %s on %j", (asked, appKind, platform) => {
    expect(() => selectTransport(asked, appKind, platform)).toThrow(RollcageError);
    expect(() => selectTransport(asked, appKind, platform)).toThrow(/cannot work here: .+/);
  });

  it("takes what is asked for where it can", () => {
    for (const name of ["handoff", "reuseport", "proxy"] as const) {
      expect(selectTransport(name, "uws", linux).name).toBe(name);
    }
  });
});
