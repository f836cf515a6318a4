import diagnostics from "node:diagnostics_channel";

/** Where `rollcage/safety` says what went wrong; a channel, because the runtime does not need to load it. */
const CHANNEL = "rollcage:safety-error";

/** A flood of errors is one report in this time. */
const REPORT_AFTER_MS = 1_000;

/**
 * Counts what handlers did wrong in this process, by kind.
 *
 * @returns Reports what has not been reported yet, and stops.
 */
export function startSafetyErrorReports(
  report: (counts: Readonly<Record<string, number>>) => void,
): () => void {
  const counts = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (counts.size > 0) report(Object.fromEntries(counts));
    counts.clear();
  };
  const onError = (event: unknown) => {
    const { kind } = event as { readonly kind: string };
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    timer ??= setTimeout(flush, REPORT_AFTER_MS).unref();
  };
  diagnostics.subscribe(CHANNEL, onError);
  return () => {
    diagnostics.unsubscribe(CHANNEL, onError);
    flush();
  };
}
