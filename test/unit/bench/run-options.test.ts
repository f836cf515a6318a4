import { describe, expect, it } from "vitest";
import { parseRunOptions } from "../../../bench/run-options.ts";
import type { Suite } from "../../../bench/frame/suite.ts";

const suite: Suite = {
  name: "greeting",
  title: "",
  about: "",
  control: "raw",
  servers: [],
  loads: [],
  profile: { warmUpMs: 3_000, durationMs: 10_000 },
};

describe("parseRunOptions", () => {
  it("uses a suite's own profile only where the suite is asked for by name", async () => {
    const byName = await parseRunOptions(["greeting"]);
    expect(byName.settingsFor(suite)).toMatchObject({ warmUpMs: 3_000, durationMs: 10_000 });
    const all = await parseRunOptions([]);
    expect(all.settingsFor(suite).durationMs).toBeLessThan(10_000);
  });

  it("prefers what the command line says to any profile", async () => {
    const options = await parseRunOptions(["greeting", "--duration", "500", "--rounds", "7"]);
    expect(options.settingsFor(suite)).toMatchObject({ rounds: 7, durationMs: 500 });
  });

  it.each([
    [["--rounds", "0"], "--rounds: expected a whole number above 0, got 0"],
    [["--rounds", "1.5"], "got 1.5"],
    [["--duration", "soon"], "got soon"],
    [["--generator", "ab"], "expected autocannon or wrk, got ab"],
    [["--colour"], "--colour"],
  ])("refuses %j", async (args, message) => {
    await expect(parseRunOptions(args)).rejects.toThrow(message);
  });
});
