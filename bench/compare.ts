// npm run bench:compare -- <ref> [suites] [--rounds 5] [--duration ms] [--generator wrk]
// This checkout against another commit, server by server, in the same rounds.
import { checkOutBase } from "./compare/base-checkout.ts";
import { comparisonTable } from "./compare/comparison-table.ts";
import { pairWithBase } from "./compare/pair-with-base.ts";
import { findSuites } from "./frame/find-suites.ts";
import { runSuite } from "./frame/run-suite.ts";
import { describeMachine } from "./report/machine.ts";
import { reportSuite, type SuiteReport } from "./report/report.ts";
import { parseRunOptions } from "./run-options.ts";

const [ref, ...args] = process.argv.slice(2);
if (ref === undefined) throw new TypeError("expected a commit, branch or tag to compare with");
const options = await parseRunOptions(args);
const machine = await describeMachine();
const base = checkOutBase(ref);
try {
  const reports: SuiteReport[] = [];
  for (const suite of await findSuites(options.names)) {
    const settings = options.settingsFor(suite);
    for (const pair of pairWithBase(suite, base.folder)) {
      const rows = await runSuite(pair, settings, (line) => console.error(line));
      reports.push(reportSuite(pair, settings, machine, rows));
    }
  }
  console.log(`This checkout ÷ \`${ref}\` (${base.commit}):\n\n${comparisonTable(reports)}`);
} finally {
  base.remove();
}
