import { Deadlines } from "./exchange/deadlines.ts";
import { createSite, type SafetySettings } from "./exchange/site.ts";
import { expire, fail } from "./handlers/fail.ts";
import { resolveOptions, type SafetyOptions } from "./handlers/resolve-options.ts";
import {
  createHandler,
  type SafeHandler,
  type SafeHandlerFunction,
} from "./handlers/safe-handler.ts";

export type SafeHandlerFactory = (
  handler: SafeHandlerFunction,
  options?: SafetyOptions,
) => SafeHandler;

/** The toolkit with defaults of one's own. */
export interface Safety {
  readonly safeHandler: SafeHandlerFactory;
}

/**
 * @throws {TypeError} When an option is wrong; all problems are named at once.
 * @example
 * const { safeHandler } = createSafety({ timeoutMs: 5_000, onError: (error) => log.error(error) });
 */
export function createSafety(options: SafetyOptions = {}): Safety {
  const defaults = resolveOptions(options);
  const deadlinesOf = createDeadlines();
  return {
    safeHandler: function safeHandler(handler, own) {
      const settings = own === undefined ? defaults : resolveOptions(own, defaults);
      return createHandler(
        handler,
        createSite({
          settings,
          definedAt: callSite(safeHandler),
          deadlines: deadlinesOf(settings),
          fail,
          expire,
        }),
      );
    },
  };
}

/** Handlers with the same timeout share one queue, and so one timer. */
function createDeadlines(): (settings: SafetySettings) => Deadlines | undefined {
  const queues = new Map<number, Deadlines>();
  return ({ timeoutMs }) => {
    if (timeoutMs === false) return undefined;
    const queue = queues.get(timeoutMs) ?? new Deadlines(timeoutMs);
    queues.set(timeoutMs, queue);
    return queue;
  };
}

/** File and line from which `callee` was called. */
function callSite(callee: SafeHandlerFactory): string {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, callee);
  return holder.stack?.split("\n")[1]?.trim() ?? "at an unknown place";
}
