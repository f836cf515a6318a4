import { describe, expect, it } from "vitest";
import { RollcageError } from "../../../src/index.ts";
import { selectTransport } from "../../../src/transports/select-transport.ts";

const linux = { platform: "linux", systemCalls: true } as const;

describe("selectTransport", () => {
  it.each([
    ["uws", linux, "handoff"],
    ["node-http", linux, "handoff"],
    ["listener", linux, "proxy"],
    ["uws", { ...linux, systemCalls: false }, "proxy"],
    ["uws", { platform: "darwin", systemCalls: false }, "proxy"],
    ["node-http", { platform: "win32", systemCalls: false }, "proxy"],
  ] as const)("takes for %s on %j by itself %s", (appKind, platform, name) => {
    expect(selectTransport("auto", appKind, platform)).toMatchObject({ name });
  });

  it.each([
    ["handoff", "listener", linux],
    ["handoff", "uws", { ...linux, systemCalls: false }],
    ["handoff", "uws", { platform: "darwin", systemCalls: true }],
    ["reuseport", "listener", linux],
    ["reuseport", "uws", { platform: "win32", systemCalls: false }],
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
