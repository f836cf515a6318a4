import { Deadlines } from "./exchange/deadlines.ts";
import { createSite, type Route, type SafetySettings } from "./exchange/site.ts";
import { callSite } from "./handlers/call-site.ts";
import { expire, fail } from "./handlers/fail.ts";
import { createRoutes, type Routes } from "./handlers/routes.ts";
import { resolveOptions, type SafetyOptions } from "./handlers/resolve-options.ts";
import {
  createHandler,
  type SafeHandler,
  type SafeHandlerFunction,
} from "./handlers/safe-handler.ts";
import type { TemplatedApp } from "./uws-types.ts";
import type { SafeWebSocketBehavior, SafeWebSocketOptions } from "./websocket/behavior.ts";
import {
  createWebSocketBehavior,
  type GuardedWebSocketBehavior,
} from "./websocket/safe-websocket.ts";

export type SafeHandlerFactory = (
  handler: SafeHandlerFunction,
  options?: SafetyOptions,
) => SafeHandler;

export type SafeWebSocketFactory = <UserData>(
  behavior: SafeWebSocketBehavior<UserData>,
  options?: SafeWebSocketOptions,
) => GuardedWebSocketBehavior<UserData>;

/** The toolkit with defaults of one's own. */
export interface Safety {
  readonly safeHandler: SafeHandlerFactory;
  /** See {@link safeWebSocket}. */
  readonly safeWebSocket: SafeWebSocketFactory;
  /**
   * Registers safe handlers on an app, with `HEAD`, `OPTIONS`, 404 and 405 answered for them.
   *
   * @example
   * route(uWS.App()).get("/user/:id", async (res, req) => res.json(await find(req.getParameter("id"))));
   */
  readonly route: (app: TemplatedApp) => Routes;
}

/**
 * @throws {TypeError} When an option is wrong; all problems are named at once.
 * @example
 * const { safeHandler } = createSafety({ timeoutMs: 5_000, onError: (error) => log.error(error) });
 */
export function createSafety(options: SafetyOptions = {}): Safety {
  const defaults = resolveOptions(options);
  const deadlinesOf = createDeadlines();
  const siteOf = (own: SafetyOptions | undefined, definedAt: string, route?: Route) => {
    const settings = own === undefined ? defaults : resolveOptions(own, defaults);
    return createSite({
      settings,
      definedAt,
      route,
      deadlines: deadlinesOf(settings),
      fail,
      expire,
    });
  };
  return {
    safeHandler: function safeHandler(handler, own) {
      return createHandler(handler, siteOf(own, callSite(safeHandler)));
    },
    safeWebSocket: function safeWebSocket(behavior, own) {
      const { timeoutMs, onError, exposeErrors } = { ...behavior, ...own };
      const site = siteOf({ timeoutMs, onError, exposeErrors }, callSite(safeWebSocket));
      return createWebSocketBehavior({ ...behavior, ...own }, site);
    },
    route: (app) =>
      createRoutes(app, ({ route, handler, definedAt, options: own }) =>
        createHandler(handler, siteOf(own, definedAt, route)),
      ),
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
