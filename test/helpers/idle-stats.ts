import type { WorkerRuntimeStats } from "../../src/telemetry/worker-stats.ts";

/** What a worker reports that has nothing to do. */
export const idleStats: WorkerRuntimeStats = {
  pid: 1,
  cpuPercent: 0,
  rssBytes: 0,
  heapUsedBytes: 0,
  heapTotalBytes: 0,
  externalBytes: 0,
  arrayBuffersBytes: 0,
  uptimeMs: 0,
  activeConnections: 0,
  sampledAt: 0,
  eventLoopDelayMs: 0,
  eventLoopUtilization: 0,
};
