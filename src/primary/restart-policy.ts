const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;
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

/**
 * 100 ms, doubling with each young death to 10 s, plus or minus 20 %.
 *
 * @param livedMs How long the process that died was alive.
 * @param random A number from 0 to 1.
 */
export function planRestart(youngDeathsBefore: number, livedMs: number, random: number): Restart {
  const youngDeaths = livedMs >= WELL_AFTER_MS ? 1 : youngDeathsBefore + 1;
  const delayMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (youngDeaths - 1));
  return {
    delayMs: Math.round(delayMs * (1 + JITTER * (2 * random - 1))),
    youngDeaths,
    atCap: delayMs === LONGEST_DELAY_MS,
  };
}
