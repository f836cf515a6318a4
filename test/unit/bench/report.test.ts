import { describe, expect, it } from "vitest";
import type { Row } from "../../../bench/frame/run-suite.ts";
import { defineSuite, type Figures, type Suite } from "../../../bench/frame/suite.ts";
import { evaluateGoals } from "../../../bench/report/goals.ts";
import { formatNumber } from "../../../bench/report/format-number.ts";
import { toMarkdown } from "../../../bench/report/markdown.ts";
import { reportSuite, type Report } from "../../../bench/report/report.ts";
import { replaceBetweenMarkers } from "../../../bench/report/write-results.ts";
import { fakeLoad, fakeMachine, fakeSettings } from "./fixtures.ts";

const entry = new URL("file:///server.ts");
const suite: Suite = {
  name: "transports",
  title: "Transports",
  about: "What is compared.",
  control: "bare",
  servers: [
    { name: "bare", title: "bare", entry },
    { name: "handoff", title: "by hand-off", entry },
  ],
  loads: [fakeLoad("kept-alive")],
};

const row = (server: string, rounds: Figures[], more: Partial<Row> = {}): Row => ({
  server,
  load: "kept-alive",
  rounds,
  ...more,
});

function reportOf(...rows: Row[]): Report {
  const suites = [reportSuite(suite, fakeSettings, fakeMachine, rows)];
  return { schema: 1, suites, goals: evaluateGoals(suites) };
}

const rps = (...values: number[]): Figures[] =>
  values.map((requestsPerSecond) => ({ requestsPerSecond }));

describe("defineSuite", () => {
  it("refuses a control that is no server of the suite", () => {
    expect(() => defineSuite({ ...suite, control: "nobody" })).toThrow("got nobody");
  });

  it("refuses two servers of one name", () => {
    const servers = [...suite.servers, suite.servers[0]!];
    expect(() => defineSuite({ ...suite, servers })).toThrow("unique names");
  });
});

describe("reportSuite", () => {
  it("divides by the control round by round, and the control by nothing", () => {
    const report = reportOf(row("bare", rps(100, 10, 100)), row("handoff", rps(90, 9, 95)));
    const [control, handoff] = report.suites[0]!.loads[0]!.rows;
    expect(control?.speedRatio).toBeUndefined();
    expect(handoff?.speedRatio).toEqual({ median: 0.9, min: 0.9, max: 0.95 });
  });

  it.each([
    ["the generator never slept and the server did", 1, 0.5, true],
    ["both never slept: they share the cores", 1, 1, false],
    ["the generator had time left", 0.6, 1, false],
  ])("knows whether %s", (_what, generatorBusy, serverBusy, isBound) => {
    const report = reportOf(row("bare", [{ requestsPerSecond: 1, generatorBusy, serverBusy }]));
    expect(report.suites[0]!.loads[0]!.rows[0]!.isGeneratorBound).toBe(isBound);
    expect(toMarkdown(report, { charts: "." }).includes("generator was the limit")).toBe(isBound);
  });
});

describe("evaluateGoals", () => {
  it("judges a goal by the median of the rounds", () => {
    const goals = (handoff: Figures[]) =>
      reportOf(row("bare", rps(100, 100, 100)), row("handoff", handoff)).goals[0];
    expect(goals(rps(98, 90, 99))).toMatchObject({ isMet: true, reached: { median: 0.98 } });
    expect(goals(rps(96, 90, 99))).toMatchObject({ isMet: false, reached: { median: 0.96 } });
  });

  it("says nothing of a goal that was not measured", () => {
    expect(reportOf(row("bare", rps(1))).goals.map(({ isMet }) => isMet)).not.toContain(true);
    expect(reportOf(row("bare", rps(1))).goals.map(({ isMet }) => isMet)).not.toContain(false);
  });
});

describe("toMarkdown", () => {
  it("shows why a row has no figures", () => {
    const report = reportOf(row("bare", rps(5)), row("handoff", [], { problem: "no\nkoffi" }));
    expect(toMarkdown(report, { charts: "." })).toMatch(/\| by hand-off \|[^\n]*\| no koffi \|/);
  });

  it("names machine, commit and load", () => {
    const markdown = toMarkdown(reportOf(row("bare", rps(5))), { charts: "." });
    for (const part of ["2025-01-02", "abc1234", "2 × Some CPU", "Linux 6", "0.25"]) {
      expect(markdown).toContain(part);
    }
  });

  it("marks a goal that was missed", () => {
    const report = reportOf(row("bare", rps(100)), row("handoff", rps(50)));
    expect(toMarkdown(report, { charts: "." })).toMatch(/≥ 0\.97 \| 0\.5 \| \*\*missed\*\*/);
  });
});

describe("formatNumber", () => {
  it.each([
    [0, "0"],
    [0.03456, "0.0346"],
    [1, "1"],
    [24.56, "24.6"],
    [84_321, "84 300"],
  ])("writes %d as %s", (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });
});

describe("replaceBetweenMarkers", () => {
  const BEGIN = "<!-- results of the benchmarks: written by `npm run bench -- --publish` -->";
  const END = "<!-- end of the results -->";

  it("leaves everything outside of the markers as it is", () => {
    const text = `before\n${BEGIN}\nold\n${END}\nafter`;
    expect(replaceBetweenMarkers(text, "new")).toBe(`before\n${BEGIN}\n\nnew\n\n${END}\nafter`);
  });

  it.each(["", BEGIN, `${END}${BEGIN}`])("refuses a text without both markers: %j", (text) => {
    expect(() => replaceBetweenMarkers(text, "new")).toThrow("expected");
  });
});
