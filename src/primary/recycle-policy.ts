import type { WorkerRuntimeStats } from "../telemetry/worker-stats.ts";

export interface RecycleLimits {
  readonly maxWorkerRssBytes: number | false;
  readonly maxWorkerAgeMs: number | false;
}

/** Part of the age limit by which workers of one age differ, so that they are not all replaced at once. */
const AGE_JITTER = 0.1;

/**
 * Why a worker should be replaced, or `undefined`.
 *
 * @param random A number from 0 to 1 that stays the same for the life of the worker.
 */
export function reasonToRecycle(
  stats: Pick<WorkerRuntimeStats, "rssBytes"> | undefined,
  ageMs: number,
  { maxWorkerRssBytes, maxWorkerAgeMs }: RecycleLimits,
  random: number,
): string | undefined {
  const rssBytes = stats?.rssBytes ?? 0;
  if (maxWorkerRssBytes !== false && rssBytes > maxWorkerRssBytes) {
    return `its memory of ${rssBytes} bytes is over maxWorkerRssBytes`;
  }
  if (maxWorkerAgeMs !== false && ageMs > maxWorkerAgeMs * (1 - AGE_JITTER * random)) {
    return `it is older than maxWorkerAgeMs`;
  }
  return undefined;
}
