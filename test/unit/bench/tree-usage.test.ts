import { describe, expect, it } from "vitest";
import type { TreeSnapshot } from "../../../bench/frame/process-tree.ts";
import { treeUsage } from "../../../bench/frame/tree-usage.ts";

/** Threads as [run, wait] in milliseconds, by thread id. */
function snapshot(
  atMs: number,
  processes: Record<number, Record<number, [number, number]>>,
): TreeSnapshot {
  return {
    atMs,
    processes: Object.entries(processes).map(([pid, threads]) => ({
      pid: Number(pid),
      rssBytes: 0,
      threads: new Map(
        Object.entries(threads).map(([tid, [run, wait]]) => [
          Number(tid),
          { runNs: run * 1e6, waitNs: wait * 1e6 },
        ]),
      ),
    })),
  };
}

describe("treeUsage", () => {
  it("keeps the first process apart from those below it", () => {
    const before = snapshot(0, { 1: { 1: [5, 0] }, 2: { 2: [10, 0] }, 3: { 3: [0, 0] } });
    const after = snapshot(100, { 1: { 1: [6, 0] }, 2: { 2: [40, 0] }, 3: { 3: [20, 0] } });
    expect(treeUsage(before, after)).toMatchObject({ primaryCpuMs: 1, workersCpuMs: 50 });
  });

  it("adds up the threads of a process", () => {
    const before = snapshot(0, { 1: { 1: [0, 0], 2: [0, 0] } });
    const after = snapshot(100, { 1: { 1: [30, 0], 2: [40, 0] } });
    expect(treeUsage(before, after).primaryCpuMs).toBe(70);
  });

  it("counts a process that began in between from nothing", () => {
    const before = snapshot(0, { 1: { 1: [0, 0] } });
    const after = snapshot(100, { 1: { 1: [0, 0] }, 9: { 9: [25, 0] } });
    expect(treeUsage(before, after).workersCpuMs).toBe(25);
  });

  it("calls a thread busy also while it waits for a core", () => {
    const before = snapshot(0, { 1: { 1: [0, 0], 2: [0, 0] } });
    const after = snapshot(100, { 1: { 1: [40, 50], 2: [60, 0] } });
    expect(treeUsage(before, after).busiest).toBeCloseTo(0.9);
  });
});
