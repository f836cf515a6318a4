import { readFileSync } from "node:fs";
import { expect } from "vitest";

/** Whether a process runs; one that has ended and was not waited for does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

/** The processes that a process has started and that have not ended. */
export function childrenOf(pid: number): number[] {
  try {
    const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim();
    return pids === "" ? [] : pids.split(" ").map(Number).filter(isAlive);
  } catch {
    return []; // It has ended itself.
  }
}

/** Nothing tells when somebody else's process ends, so it is asked for. */
export async function untilGone(pid: number): Promise<void> {
  await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false);
}
