import type { Spread } from "../frame/statistics.ts";
import { formatSpread } from "../report/format-number.ts";
import { table } from "../report/markdown-table.ts";
import type { SuiteReport } from "../report/report.ts";

/** A row for each server and load: quotients, round by round, and whether all rounds agree on a direction. */
export function comparisonTable(pairs: readonly SuiteReport[]): string {
  const rows = pairs.flatMap((pair) =>
    pair.loads.flatMap((load) =>
      load.rows
        .filter(({ server }) => server === "here")
        .map(({ speedRatio, cpuRatio, problem }) => [
          pair.title,
          load.title,
          speedRatio ? formatSpread(speedRatio) : (problem ?? "the base was not measured"),
          cpuRatio ? formatSpread(cpuRatio) : "",
          cpuRatio && pair.settings.rounds > 2 ? verdict(cpuRatio) : "",
        ]),
    ),
  );
  return table(["server", "load", "requests/s", "CPU per request", "CPU"], rows);
}

/** Rounds on both sides of 1 prove nothing, nor do one or two. */
function verdict({ min, max }: Spread): string {
  if (max < 1) return "less";
  return min > 1 ? "more" : "no difference seen";
}
