import type { App, CreateAppOptions } from "./app/app.ts";
import { CreatedApp } from "./app/create-app.ts";
import { createConnectHandler, type ConnectMiddleware } from "./connect/from-connect.ts";
import { callSite } from "./handlers/call-site.ts";
import { createSites } from "./handlers/create-sites.ts";
import { createRoutes, type Routes } from "./handlers/routes.ts";
import type { SafetyOptions } from "./handlers/resolve-options.ts";
import {
  createHandler,
  type SafeHandler,
  type SafeHandlerFunction,
} from "./handlers/safe-handler.ts";
import type { StaticOptions } from "./static/options.ts";
import { StaticSite } from "./static/static-site.ts";
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

export type CreateApp = (options?: CreateAppOptions) => App;

export interface FromConnectOptions extends SafetyOptions {
  /**
   * Called when the middleware calls `next()`, with the headers it has set.
   *
   * @default 404
   */
  readonly next?: SafeHandlerFunction | undefined;
}

export type FromConnect = (
  middleware: ConnectMiddleware,
  options?: FromConnectOptions,
) => SafeHandler;

export type ServeStatic = (directory: string, options?: StaticOptions) => SafeHandler;

/** The toolkit with defaults of one's own. */
export interface Safety {
  readonly safeHandler: SafeHandlerFactory;
  /** See {@link safeWebSocket}. */
  readonly safeWebSocket: SafeWebSocketFactory;
  /** See {@link createApp}. What its options leave out is as given to `createSafety`. */
  readonly createApp: CreateApp;
  /** See {@link fromConnect}. */
  readonly fromConnect: FromConnect;
  /** See {@link serveStatic}. */
  readonly serveStatic: ServeStatic;
  /**
   * Registers safe handlers on an app, with `HEAD`, `OPTIONS`, 404 and 405 answered for them.
   *
   * @example
   * route(uWS.App()).get("/user/:id", async (res, req) => res.json(await find(req.getParameter("id"))));
   */
  readonly route: (app: TemplatedApp) => Routes;
}

/**
 * Makes the toolkit with other defaults. What a single handler is given goes before them.
 *
 * @throws {TypeError} When an option is wrong; all problems are named at once.
 * @example
 * const { safeHandler } = createSafety({ timeoutMs: 5_000, onError: (error) => log.error(error) });
 */
export function createSafety(options: SafetyOptions = {}): Safety {
  const siteOf = createSites(options);
  return {
    safeHandler: function safeHandler(handler, own) {
      const definedAt = callSite(safeHandler);
      return createHandler(handler, siteOf({ definedAt, options: own }));
    },
    safeWebSocket: function safeWebSocket(behavior, own) {
      const { timeoutMs, onError, exposeErrors } = { ...behavior, ...own };
      const site = siteOf({
        definedAt: callSite(safeWebSocket),
        options: { timeoutMs, onError, exposeErrors },
      });
      return createWebSocketBehavior({ ...behavior, ...own }, site);
    },
    createApp: (own) => new CreatedApp({ ...options, ...own }),
    fromConnect: function fromConnect(middleware, { next, ...own } = {}) {
      return createHandler(
        createConnectHandler(middleware, next),
        siteOf({ definedAt: callSite(fromConnect), options: { compression: false, ...own } }),
      );
    },
    serveStatic: function serveStatic(directory, staticOptions = {}) {
      const site = new StaticSite(directory, staticOptions);
      // Nobody stops a plain handler; it ends with the process.
      void site.start(new AbortController().signal);
      return createHandler(
        (res, req) => site.handle(res, req),
        siteOf({ definedAt: callSite(serveStatic), options: { compression: false } }),
      );
    },
    route: (app) =>
      createRoutes(app, ({ handler, ...definition }) => createHandler(handler, siteOf(definition))),
  };
}
