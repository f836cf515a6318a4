import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import type { WorkerRuntimeStats } from "./worker-stats.ts";

/** Node's own default; its histogram counts this resolution as delay. */
const RESOLUTION_MS = 10;

/** Takes one sample a call; rates are over the time since the call before. */
export interface StatsSampler {
  sample(): WorkerRuntimeStats;
  stop(): void;
}

/** Must run in the process that it measures: only its own event loop can tell its delay. */
export function startStatsSampler(activeConnections: () => number): StatsSampler {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let lastCpu = process.cpuUsage();
  let lastUtilization = performance.eventLoopUtilization();
  let lastAt = performance.now();
  return {
    sample() {
      const now = performance.now();
      const cpu = process.cpuUsage();
      const utilization = performance.eventLoopUtilization();
      const cpuMs = (cpu.user + cpu.system - lastCpu.user - lastCpu.system) / 1_000;
      const window = performance.eventLoopUtilization(utilization, lastUtilization);
      const elapsedMs = Math.max(now - lastAt, 1);
      [lastCpu, lastUtilization, lastAt] = [cpu, utilization, now];
      const memory = process.memoryUsage();
      const p99Ms = delay.percentile(99) / 1e6;
      delay.reset();
      return {
        pid: process.pid,
        cpuPercent: (cpuMs / elapsedMs) * 100,
        rssBytes: memory.rss,
        heapUsedBytes: memory.heapUsed,
        heapTotalBytes: memory.heapTotal,
        externalBytes: memory.external,
        arrayBuffersBytes: memory.arrayBuffers,
        uptimeMs: process.uptime() * 1_000,
        activeConnections: activeConnections(),
        sampledAt: Date.now(),
        eventLoopDelayMs: Math.max(0, p99Ms - RESOLUTION_MS),
        eventLoopUtilization: window.utilization,
      };
    },
    stop: () => void delay.disable(),
  };
}
