import type { LoggerLike } from "../config/options.ts";
import { serverEvents, type ServerEventMap } from "../events.ts";
import { isThenable } from "../internal/is-thenable.ts";

/**
 * Tells the listeners of an event. Not through `emit`, which ends at the first one that throws, and passes its
 * error on to whoever looks after the workers.
 */
export function announce<Name extends keyof ServerEventMap>(
  logger: Pick<LoggerLike, "error">,
  name: Name,
  ...event: ServerEventMap[Name]
): void {
  const onProblem = (error: unknown) =>
    logger.error(`rollcage: a listener of the event ${name} failed`, error);
  const listeners: readonly unknown[] = serverEvents.rawListeners(name);
  for (const listener of listeners as readonly ((...event: ServerEventMap[Name]) => unknown)[]) {
    try {
      const result = listener.apply(serverEvents, event);
      if (isThenable(result)) result.then(undefined, onProblem);
    } catch (error) {
      onProblem(error);
    }
  }
}
