import { describe, expect, it } from "vitest";
import { comparisonTable } from "../../../bench/compare/comparison-table.ts";
import { pairWithBase } from "../../../bench/compare/pair-with-base.ts";
import type { Suite } from "../../../bench/frame/suite.ts";
import { reportSuite } from "../../../bench/report/report.ts";
import { fakeLoad, fakeMachine, fakeSettings } from "./fixtures.ts";

const suite: Suite = {
  name: "greeting",
  title: "Greeting",
  about: "",
  control: "raw",
  servers: [
    {
      name: "raw",
      title: "raw",
      entry: new URL("../../../bench/greeting/raw.ts", import.meta.url),
    },
    { name: "other", title: "other", entry: new URL("file:///other.ts"), isPeer: true },
  ],
  loads: [fakeLoad("json")],
};

describe("pairWithBase", () => {
  it("takes the same program from the other checkout, as the control", () => {
    const [pair] = pairWithBase(suite, "/tmp/base");
    expect(pair?.control).toBe("base");
    expect(pair?.servers.map(({ name, entry }) => [name, entry.href])).toEqual([
      ["base", "file:///tmp/base/bench/greeting/raw.ts"],
      ["here", suite.servers[0]!.entry.href],
    ]);
  });

  it("leaves out servers that run no code of this project", () => {
    expect(pairWithBase(suite, "/tmp/base")).toHaveLength(1);
  });
});

describe("comparisonTable", () => {
  const compare = (base: readonly number[], here: readonly number[]): string => {
    const [pair] = pairWithBase(suite, "/tmp/base");
    const rounds = (cpu: readonly number[]) =>
      cpu.map((cpuMicros) => ({ cpuMicros, requestsPerSecond: 1_000 / cpuMicros }));
    const rows = [
      { server: "base", load: "json", rounds: rounds(base) },
      { server: "here", load: "json", rounds: rounds(here) },
    ];
    return comparisonTable([reportSuite(pair!, fakeSettings, fakeMachine, rows)]);
  };

  it.each([
    ["less", [10, 10, 10], [8, 9, 8]],
    ["more", [10, 10, 10], [11, 12, 11]],
    ["no difference seen", [10, 10, 10], [11, 9, 10]],
  ])("says %s only if all rounds agree", (verdict, base, here) => {
    expect(compare(base, here)).toContain(`| ${verdict} |`);
  });
});
