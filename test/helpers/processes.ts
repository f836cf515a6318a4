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

/** Processor time that a process has used, in hundredths of a second. */
export function cpuTicks(pid: number): number {
  // Counted from behind the name, which may contain anything (proc(5), fields 14 and 15).
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)!.split(" ");
  return Number(fields[11]) + Number(fields[12]);
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
