import { setImmediate as turn } from "node:timers/promises";

/** Longest wait: under load there may never be a turn without a new connection. */
const LONGEST_WAIT_MS = 1_000;

/**
 * Resolves after a full turn of the event loop in which nothing was accepted: closing a listener resets
 * every connection that the kernel still has in its queue.
 *
 * @param accepted How many connections were ever accepted.
 */
export async function untilQuiet(accepted: () => number): Promise<void> {
  const deadline = performance.now() + LONGEST_WAIT_MS;
  let seen: number;
  do {
    seen = accepted();
    await turn(); // To the end of this turn,
    await turn(); // and through a whole one.
  } while (seen !== accepted() && performance.now() < deadline);
}
