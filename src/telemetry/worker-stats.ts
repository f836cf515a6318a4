/** What a worker reports of itself, over the time since its last report where it is a rate. */
export interface WorkerRuntimeStats {
  readonly pid: number;
  /** CPU time of the whole process, in percent of one core; above 100 with several threads. */
  readonly cpuPercent: number;
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
  readonly externalBytes: number;
  readonly arrayBuffersBytes: number;
  readonly uptimeMs: number;
  /** Open client connections, WebSockets included. */
  readonly activeConnections: number;
  /** `Date.now()` when this was taken. */
  readonly sampledAt: number;
  /** 99th percentile of the event loop's delay beyond its timer, in milliseconds. */
  readonly eventLoopDelayMs: number;
  /** Part of the time in which the event loop was busy, from 0 to 1. */
  readonly eventLoopUtilization: number;
}
