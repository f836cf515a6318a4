const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;
/** Less than `backendWaitMs`, so that those who wait are served, if a process can serve at all. */
const LONGEST_DELAY_WITHOUT_WORKER_MS = 1_000;
/** A worker that lived this long was well: its successor starts from the first delay. */
const WELL_AFTER_MS = 30_000;
/** Part of the delay that is drawn at random, so that workers that die together do not start together. */
const JITTER = 0.2;

/** How long a slot waits before its next process, and how many of its processes have died young in a row. */
export interface Restart {
  readonly delayMs: number;
  readonly youngDeaths: number;
  /** The pause does not get longer any more. */
  readonly atCap: boolean;
}

/** A process that has ended. */
export interface Death {
  readonly livedMs: number;
  /** It had served, and no other process serves or is starting: clients are waiting. */
  readonly leavesNone: boolean;
}

/**
 * 100 ms, doubling with each young death to 10 s (to 1 s while clients wait), plus or minus 20 %.
 *
 * @param random A number from 0 to 1.
 */
export function planRestart(
  youngDeathsBefore: number,
  { livedMs, leavesNone }: Death,
  random: number,
): Restart {
  const youngDeaths = livedMs >= WELL_AFTER_MS ? 1 : youngDeathsBefore + 1;
  const longestMs = leavesNone ? LONGEST_DELAY_WITHOUT_WORKER_MS : LONGEST_DELAY_MS;
  const delayMs = Math.min(longestMs, FIRST_DELAY_MS * 2 ** (youngDeaths - 1));
  return {
    delayMs: Math.round(delayMs * (1 + JITTER * (2 * random - 1))),
    youngDeaths,
    atCap: delayMs === LONGEST_DELAY_MS,
  };
}
