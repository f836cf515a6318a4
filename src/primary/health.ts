/** What the primary knows of a worker's well-being, at one moment. */
export interface Vitals {
  readonly ready: boolean;
  /** `performance.now()` of the last stats. */
  readonly lastStatsAt: number;
  /** A ping that has not been answered, and since when. */
  readonly unansweredPingSince: number | undefined;
}

/** Pings leave at this interval; one that is not answered before the next one is missed. */
export const PING_INTERVAL_MS = 1_000;

export function isHealthy(vitals: Vitals, staleAfterMs: number, now: number): boolean {
  if (!vitals.ready) return false;
  const { unansweredPingSince: since } = vitals;
  if (since !== undefined && now - since >= PING_INTERVAL_MS) return false;
  return now - vitals.lastStatsAt <= staleAfterMs;
}

export function isHung(vitals: Vitals, hangTimeoutMs: number | false, now: number): boolean {
  const { unansweredPingSince: since } = vitals;
  return hangTimeoutMs !== false && since !== undefined && now - since >= hangTimeoutMs;
}

/** From a tenth to the full share, evenly over `slowStartMs`. */
export function slowStartWeight(readyForMs: number, slowStartMs: number): number {
  if (readyForMs >= slowStartMs) return 1;
  return Math.max(0.1, readyForMs / slowStartMs);
}
