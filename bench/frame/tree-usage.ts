import type { ProcessSnapshot, TreeSnapshot } from "./process-tree.ts";

/** What a tree of processes used between two snapshots. */
export interface TreeUsage {
  readonly elapsedMs: number;
  /** Of the first process. */
  readonly primaryCpuMs: number;
  /** Of all processes below it. */
  readonly workersCpuMs: number;
  /** Share of the time, 0-1, in which the busiest thread ran or wanted to. */
  readonly busiest: number;
}

export function treeUsage(before: TreeSnapshot, after: TreeSnapshot): TreeUsage {
  const elapsedMs = Math.max(after.atMs - before.atMs, 1);
  const earlier = new Map(before.processes.map((process) => [process.pid, process]));
  const used = after.processes.map((process) => processUsage(process, earlier.get(process.pid)));
  const [primary, ...workers] = used;
  return {
    elapsedMs,
    primaryCpuMs: primary?.cpuMs ?? 0,
    workersCpuMs: workers.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    busiest: Math.min(Math.max(0, ...used.map(({ busiestMs }) => busiestMs)) / elapsedMs, 1),
  };
}

function processUsage(
  after: ProcessSnapshot,
  before: ProcessSnapshot | undefined,
): { cpuMs: number; busiestMs: number } {
  let cpuMs = 0;
  let busiestMs = 0;
  for (const [tid, { runNs, waitNs }] of after.threads) {
    const earlier = before?.threads.get(tid) ?? { runNs: 0, waitNs: 0 };
    cpuMs += (runNs - earlier.runNs) / 1e6;
    busiestMs = Math.max(busiestMs, (runNs - earlier.runNs + waitNs - earlier.waitNs) / 1e6);
  }
  return { cpuMs, busiestMs };
}
