import { statusOf } from "../errors.ts";
import type { OnError } from "../exchange/site.ts";

const MAX_LINES_PER_SECOND = 20;

/**
 * The default of `onError`: a line on the console for each error that is not the client's.
 *
 * What a client can cause at will must not fill a disk, so lines beyond the limit are only counted.
 */
export function createErrorLog(
  write: (line: string) => void = writeToConsole,
  now: () => number = Date.now,
): OnError {
  let second = 0;
  let lines = 0;
  let leftOut = 0;
  return (error, { method, url, route, aborted }) => {
    if (statusOf(error) < 500) return;
    const current = Math.floor(now() / 1_000);
    if (current !== second) {
      if (leftOut > 0) write(`[rollcage] ${leftOut} more errors`);
      second = current;
      lines = 0;
      leftOut = 0;
    }
    if (lines++ >= MAX_LINES_PER_SECOND) {
      leftOut++;
      return;
    }
    const where = url === "" ? route : `${method.toUpperCase()} ${url}`;
    write(`[rollcage] ${error.code} at ${where}${aborted ? " (aborted)" : ""}: ${explain(error)}`);
  };
}

function explain(error: Error): string {
  const stack = error.stack ?? error.message;
  return error.cause instanceof Error ? `${stack}\n  caused by ${error.cause.stack}` : stack;
}

function writeToConsole(line: string): void {
  // oxlint-disable-next-line eslint/no-console -- the default log of a toolkit that has no logger
  console.error(line);
}
