import { setTimeout as delay } from "node:timers/promises";

/**
 * Runs `work` for at most `timeoutMs`. Whichever of work and timer is still going when the other ends
 * is told to stop through the signal, so that nothing outlives the call.
 */
export async function withDeadline<T>(
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
  onTimeout: () => Error,
): Promise<T> {
  const over = new AbortController();
  const expired = delay(timeoutMs, undefined, { signal: over.signal }).then(() => {
    throw onTimeout();
  });
  expired.catch(() => {}); // When the work wins, its rejection is only the stopped timer.
  try {
    return await Promise.race([work(over.signal), expired]);
  } finally {
    over.abort();
  }
}
