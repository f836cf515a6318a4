import { formatNumber } from "./format-number.ts";
import { table } from "./markdown-table.ts";
import type { RowReport, SuiteReport } from "./report.ts";

const CORES = [16, 64];

/** What a number of cores could answer if nothing but CPU time mattered. */
export interface Prediction {
  readonly requestsPerSecond: number;
  readonly limit: "all cores" | "the primary";
}

/** @param primaryMicros CPU time per request in the primary, which runs JavaScript on one core only. */
export function predict(cores: number, primaryMicros: number, workersMicros: number): Prediction {
  const byAll = (cores * 1e6) / (primaryMicros + workersMicros);
  const byPrimary = 1e6 / primaryMicros;
  return byAll <= byPrimary
    ? { requestsPerSecond: byAll, limit: "all cores" }
    : { requestsPerSecond: byPrimary, limit: "the primary" };
}

/** Extrapolates the rows with the most workers of each kind; says plainly that it does. */
export function scalingModel(suite: SuiteReport): string {
  const rows = suite.loads.flatMap((load) =>
    mostWorkers(load.rows).flatMap((row) => {
      const primary = row.figures["cpuPrimaryMicros"]?.median;
      const workers = row.figures["cpuWorkersMicros"]?.median;
      if (primary === undefined || workers === undefined) return [];
      const predictions = CORES.map((cores) => {
        const { requestsPerSecond, limit } = predict(cores, primary, workers);
        return `${formatNumber(requestsPerSecond)} (${limit})`;
      });
      const cells = [formatNumber(primary), formatNumber(workers), ...predictions];
      return [[`${row.serverTitle.split(",")[0]}, ${load.title}`, ...cells]];
    }),
  );
  const cores = CORES.map((count) => `${count} cores`);
  return (
    "**A model, not a measurement.** With *p* and *w*, the CPU µs per request of the primary and of the workers as " +
    "measured above, *n* cores answer min(*n* · 10⁶ ÷ (*p* + *w*), 10⁶ ÷ *p*) requests/s. It leaves out the load " +
    "generator, the network card, and what many cores take from each other in memory and in the kernel.\n\n" +
    table(["", "p", "w", ...cores], rows)
  );
}

/** Servers are named `transport-workers`. */
function mostWorkers(rows: readonly RowReport[]): RowReport[] {
  const count = ({ server }: RowReport): number => Number(server.split("-")[1]);
  const most = Math.max(...rows.map(count));
  return rows.filter((row) => count(row) === most);
}
