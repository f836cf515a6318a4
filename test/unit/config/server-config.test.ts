import { describe, expect, it } from "vitest";
import { getServerConfig, setServerConfig } from "../../../src/index.ts";

describe("setServerConfig", () => {
  it("adds to what was set before, and sets nothing when it fails", () => {
    expect(setServerConfig({ port: 4_000, workers: 3 })).toMatchObject({ port: 4_000, workers: 3 });
    expect(setServerConfig({ port: 5_000, workers: undefined })).toMatchObject({
      port: 5_000,
      workers: 3,
    });
    expect(() => setServerConfig({ workers: 5, port: -1 })).toThrow(/port: expected/);
    expect(getServerConfig()).toMatchObject({ port: 5_000, workers: 3 });
    expect(Object.isFrozen(getServerConfig())).toBe(true);
  });

  it.each([
    [null, "null"],
    [[], "[]"],
    ["x", "'x'"],
    [1, "1"],
  ])("refuses %j as a whole", (config, shown) => {
    expect(() => setServerConfig(config as never)).toThrow(`expected an object, got ${shown}`);
  });
});
