/** What a client can cause at will must not fill a disk. */
const LINES_PER_SECOND = 20;

/**
 * Bounds a log to 20 lines a second.
 *
 * @returns Asked before each line: `undefined` says to leave it out, a number how many have been left out
 *   since the last one.
 */
export function createLineLimit(now: () => number = Date.now): () => number | undefined {
  let second = 0;
  let lines = 0;
  let leftOut = 0;
  return () => {
    const current = Math.floor(now() / 1_000);
    if (current !== second) {
      second = current;
      lines = 0;
    }
    if (lines >= LINES_PER_SECOND) {
      leftOut++;
      return undefined;
    }
    lines++;
    const before = leftOut;
    leftOut = 0;
    return before;
  };
}
