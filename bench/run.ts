import { parseArgs } from "node:util";
import { findSuites } from "./frame/find-suites.ts";
import { runSuite } from "./frame/run-suite.ts";
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    generator: { type: "string", default: "autocannon" },
    duration: { type: "string", default: "2000" },
    rounds: { type: "string", default: "3" },
  },
});
for (const suite of await findSuites(positionals)) {
  const rows = await runSuite(
    suite,
    {
      rounds: Number(values.rounds),
      warmUpMs: 500,
      durationMs: Number(values.duration),
      generator: values.generator as "wrk",
      threads: 2,
      maxConnections: Infinity,
    },
    console.log,
  );
  console.dir(rows, { depth: 5 });
}
