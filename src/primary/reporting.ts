import type { TelemetrySink } from "defuss-open-telemetry";
import type { WorkerProcess, WorkerExit } from "./worker-process.ts";

/** What one report of a worker says, as metrics. */
export function reportWorkerStats(telemetry: TelemetrySink, worker: WorkerProcess): void {
  const { id, stats } = worker.candidate;
  if (stats === undefined) return;
  telemetry.recordHistogram("cpu_percent", stats.cpuPercent, { worker: id });
  telemetry.recordHistogram("event_loop_delay_ms", stats.eventLoopDelayMs, { worker: id });
}

/** How the workers stand together. */
export function reportGauges(
  telemetry: TelemetrySink,
  available: readonly WorkerProcess[],
  processes: Iterable<WorkerProcess>,
): void {
  let connections = 0;
  for (const { candidate } of processes) connections += candidate.activeProxyConnections;
  telemetry.setGauge(
    "healthy_backends",
    available.filter(({ candidate }) => candidate.healthy).length,
  );
  telemetry.setGauge("active_connections", connections);
}

export function reportExit(telemetry: TelemetrySink, { code, signal }: WorkerExit): void {
  telemetry.incrementCounter("worker_exits", 1, { code, signal });
}

/** What handlers did wrong, by kind. */
export function reportSafetyErrors(
  telemetry: TelemetrySink,
  counts: Readonly<Record<string, number>>,
): void {
  for (const [kind, count] of Object.entries(counts)) {
    telemetry.incrementCounter("safety_errors", count, { kind });
  }
}
