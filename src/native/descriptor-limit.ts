import { readFileSync } from "node:fs";

/** Descriptors that connections leave for everything else: files, pipes, the next worker process. */
const RESERVE = 64;

/** At most this part of a small limit. */
const RESERVE_SHARE = 1 / 8;

/**
 * The lowest descriptor that no connection should have, by the limit of open files of this process.
 *
 * The kernel gives out the lowest one that is free, so the number itself says how many are left. A process
 * without any left cannot read its own memory use, let alone start another.
 */
export function connectionDescriptorLimit(): number {
  try {
    return reserveFrom(parseOpenFilesLimit(readFileSync("/proc/self/limits", "utf8")));
  } catch {
    return Infinity; // No such file: then the kernel's own limit has to do.
  }
}

export function reserveFrom(limit: number): number {
  return limit - Math.min(RESERVE, Math.ceil(limit * RESERVE_SHARE));
}

/** The soft limit in the text of `/proc/self/limits`. */
export function parseOpenFilesLimit(limits: string): number {
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? Infinity : Number(soft);
}
