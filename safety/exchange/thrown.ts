import { isThenable } from "../../src/internal/is-thenable.ts";

/** What a thrown value says of itself. Anything can be thrown, also what has no text. */
export function messageOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return "a value that has no text";
  }
}

/** Runs a listener for errors: one that fails itself, at once or later, costs no more than its own report. */
export function isolated(name: string, call: () => unknown): void {
  const warn = (cause: unknown) =>
    process.emitWarning(`${name} threw: ${messageOf(cause)}`, "RollcageWarning");
  try {
    const result = call();
    if (isThenable(result)) result.then(undefined, warn);
  } catch (error) {
    warn(error);
  }
}
