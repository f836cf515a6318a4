import { describe, expect, it } from "vitest";
import { findSuites } from "../../bench/frame/find-suites.ts";
import { canReadCpu } from "../../bench/frame/process-tree.ts";
import { runSuite, type RunSettings } from "../../bench/frame/run-suite.ts";
import { loadsOf, type Suite } from "../../bench/frame/suite.ts";
import { drawSuite } from "../../bench/report/charts.ts";
import { evaluateGoals } from "../../bench/report/goals.ts";
import { describeMachine } from "../../bench/report/machine.ts";
import { toMarkdown } from "../../bench/report/markdown.ts";
import { reportSuite, type RowReport } from "../../bench/report/report.ts";

/** Long enough to see wrong answers, much too short to say anything about speed. */
const settings: RunSettings = {
  rounds: 1,
  durationMs: 300,
  warmUpMs: 0,
  generator: "autocannon",
  threads: 1,
  maxConnections: 8,
};

function expectedRows(suite: Suite): string[] {
  return suite.servers.flatMap((server) =>
    loadsOf(suite, server).map((load) => `${load.name} ${server.name}`),
  );
}

const suites = await findSuites();

describe("bench", () => {
  it.each(suites.map((suite) => [suite.name, suite] as const))(
    "gets right answers from every server of %s, and a complete report",
    { timeout: 300_000 },
    async (_name, suite) => {
      const rows = await runSuite(suite, settings, () => {});
      expect(rows.map(({ load, server }) => `${load} ${server}`).toSorted()).toEqual(
        expectedRows(suite).toSorted(),
      );
      const problems = rows.filter((row) => row.problem !== undefined && !row.isUnavailable);
      expect(problems).toEqual([]);

      const report = reportSuite(suite, settings, await describeMachine(), rows);
      const measured = report.loads.flatMap((load) =>
        load.rows.filter((row) => !row.isUnavailable),
      );
      for (const row of measured) expectComplete(row);

      const goals = evaluateGoals([report]);
      const whole = { schema: 1, suites: [report], goals } as const;
      const markdown = toMarkdown(whole, { charts: "." });
      for (const { title } of suite.servers) expect(markdown).toContain(title);
      for (const theme of ["light", "dark"] as const) {
        expect(await drawSuite(report, theme)).toMatch(/^<svg[^>]*>.*<\/svg>$/s);
      }
    },
  );
});

function expectComplete({ figures, server, load }: RowReport): void {
  const names = ["completed", "requestsPerSecond"];
  if (canReadCpu) names.push("cpuMicros", "cpuWorkersMicros", "rssBytes");
  for (const name of names) {
    expect(figures[name]?.median, `${name} of ${server} under ${load}`).toBeGreaterThan(0);
  }
}
