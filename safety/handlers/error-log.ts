import { createLineLimit } from "../../src/internal/line-limit.ts";
import { printable } from "../../src/internal/printable.ts";
import { statusOf } from "../errors.ts";
import type { OnError } from "../exchange/site.ts";

/** The default of `onError`: a line on the console for each error that is not the client's, up to a limit. */
export function createErrorLog(
  write: (line: string) => void = writeToConsole,
  now: () => number = Date.now,
): OnError {
  const takeLine = createLineLimit(now);
  return (error, { method, url, route, aborted }) => {
    if (statusOf(error) < 500) return;
    const leftOut = takeLine();
    if (leftOut === undefined) return;
    if (leftOut > 0) write(`[rollcage] ${leftOut} more errors`);
    const where = printable(url === "" ? route : `${method.toUpperCase()} ${url}`);
    write(`[rollcage] ${error.code} at ${where}${aborted ? " (aborted)" : ""}: ${explain(error)}`);
  };
}

function explain(error: Error): string {
  const stack = error.stack ?? error.message;
  const all = error.cause instanceof Error ? `${stack}\n  caused by ${error.cause.stack}` : stack;
  // Messages quote what the client sent, as that of JSON.parse does.
  return all.split("\n").map(printable).join("\n");
}

function writeToConsole(line: string): void {
  // oxlint-disable-next-line eslint/no-console -- the default log of a toolkit that has no logger
  console.error(line);
}
