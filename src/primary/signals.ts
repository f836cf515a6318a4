import type { LoggerLike } from "../config/options.ts";

/** A terminal's Ctrl-C and a process manager often send the same signal twice in a row. */
const ONE_REQUEST_MS = 500;

export interface SignalActions {
  stop(graceful: boolean): Promise<void>;
  stopAtOnce(): Promise<void>;
  reload(): Promise<void>;
}

/**
 * SIGTERM and SIGINT stop gracefully and exit with 0; a second one, later than half a second after the
 * first, stops at once and exits with 1. SIGHUP reloads.
 *
 * @returns Takes the handlers away.
 */
export function installSignalHandlers(actions: SignalActions, logger: LoggerLike): () => void {
  let firstAt: number | undefined;
  let exitCode = 0;
  const onStop = (signal: NodeJS.Signals) => {
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      logger.info(`rollcage: ${signal}, finishing what is in flight`);
      void actions.stop(true).then(() => process.exit(exitCode));
    } else if (now - firstAt > ONE_REQUEST_MS) {
      logger.warn(`rollcage: ${signal} again, stopping at once`);
      exitCode = 1;
      void actions.stopAtOnce(); // The first one then exits.
    }
  };
  const onReload = () => {
    actions.reload().catch((error: unknown) => logger.error("rollcage: the reload failed", error));
  };
  process.on("SIGTERM", onStop).on("SIGINT", onStop).on("SIGHUP", onReload);
  return () => {
    process.off("SIGTERM", onStop).off("SIGINT", onStop).off("SIGHUP", onReload);
  };
}
