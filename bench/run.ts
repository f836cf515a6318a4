// npm run bench [-- suites] [--rounds 3] [--duration ms] [--warm-up ms] [--generator wrk] [--publish]
import { findSuites } from "./frame/find-suites.ts";
import { runSuite } from "./frame/run-suite.ts";
import { evaluateGoals } from "./report/goals.ts";
import { describeMachine } from "./report/machine.ts";
import { toMarkdown } from "./report/markdown.ts";
import { reportSuite, type Report, type SuiteReport } from "./report/report.ts";
import {
  PUBLISHED,
  publishToReadme,
  withPublishedSuites,
  writeResults,
} from "./report/write-results.ts";
import { parseRunOptions } from "./run-options.ts";

const options = await parseRunOptions(process.argv.slice(2));
const measured: SuiteReport[] = [];
for (const suite of await findSuites(options.names)) {
  const settings = options.settingsFor(suite);
  const machine = await describeMachine();
  const rows = await runSuite(suite, settings, (line) => console.error(line));
  measured.push(reportSuite(suite, settings, machine, rows));
}

const suites = options.isPublished ? withPublishedSuites(measured) : measured;
const report: Report = { schema: 1, suites, goals: evaluateGoals(suites) };
await writeResults(report, options.isPublished ? PUBLISHED : new URL(".latest/", import.meta.url));
if (options.isPublished) publishToReadme(report, "bench/results");
console.log(toMarkdown(report, { charts: "bench/.latest" }));

const rows = measured.flatMap((suite) => suite.loads.flatMap((load) => load.rows));
if (rows.some((row) => row.problem !== undefined && !row.isUnavailable)) process.exitCode = 1;
