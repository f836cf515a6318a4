/** File and line from which `callee` was called. */
export function callSite(callee: (...args: never[]) => unknown): string {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, callee);
  return holder.stack?.split("\n")[1]?.trim() ?? "at an unknown place";
}
