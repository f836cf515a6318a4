import type { OnError } from "../exchange/site.ts";
import type { SafetyOptions } from "../handlers/resolve-options.ts";
import type { SafeHandlerFunction } from "../handlers/safe-handler.ts";
import type { TemplatedApp } from "../uws-types.ts";
import type { SafeWebSocketBehavior } from "../websocket/behavior.ts";
import type { FileFlags, HandlerFlags } from "./flags.ts";
import type { AppHandler } from "./fold-handler.ts";
import type { ListenAddress } from "./native-app.ts";
import type { Plugin, PluginPriority } from "./plugin.ts";
import type { RequestMethod } from "./request-method.ts";

export interface CreateAppOptions extends SafetyOptions {
  /**
   * The native app to build on, such as an `SSLApp`.
   *
   * @default a new `App()`, made when it is first needed
   */
  readonly uwsApp?: TemplatedApp | undefined;
}

export interface RouteOptions extends Pick<SafetyOptions, "timeoutMs" | "maxBodyBytes"> {
  /** @default HandlerFlags.Compress */
  readonly flags?: HandlerFlags | undefined;
}

export interface HandleOptions<Body = unknown> extends RouteOptions {
  readonly method: RequestMethod;
  /** As µWS has it, with `:parameter` segments and a `*` at the end; with or without a slash before it. */
  readonly path: string;
  /** A function, or what `safeHandler`, `serveStatic` or `fromConnect` return. */
  readonly handler: AppHandler<Body>;
}

export interface ServeOptions {
  readonly directory: string;
  /** Beginning of the URL path that stands for the directory. @default "/" */
  readonly pathPrefix?: string | undefined;
  /** @default FileFlags.Index | FileFlags.Memory | FileFlags.Precompress | FileFlags.Immutable */
  readonly flags?: FileFlags | undefined;
  /** How long clients need not ask again, in seconds. @default 0 */
  readonly maxAgeSeconds?: number | undefined;
  /** Answers what there is no file for. @default the app's `notFound` */
  readonly notFound?: SafeHandlerFunction | undefined;
}

export interface ServeFileOptions {
  readonly file: string;
  readonly path: string;
  /** `Index` and `Dotfiles` mean nothing here. @default as for `serve` */
  readonly flags?: FileFlags | undefined;
  /** How long clients need not ask again, in seconds. @default 0 */
  readonly maxAgeSeconds?: number | undefined;
}

/** Registers a handler for one method. */
export type AddAppRoute = <Body = unknown>(
  path: string,
  handler: AppHandler<Body>,
  options?: RouteOptions,
) => App;

/**
 * A small framework on µWS's own router. Everything is registered before it listens; registering the same route twice,
 * an unknown method or flag, or a directory that is not there is an error at once.
 */
export interface App {
  readonly get: AddAppRoute;
  readonly post: AddAppRoute;
  readonly put: AddAppRoute;
  readonly patch: AddAppRoute;
  readonly del: AddAppRoute;
  readonly options: AddAppRoute;
  readonly head: AddAppRoute;
  readonly any: AddAppRoute;
  /**
   * @example
   * app.handle({
   *   method: RequestMethod.GET,
   *   path: "api/status",
   *   handler: () => ({ ok: true }),
   *   flags: HandlerFlags.Json | HandlerFlags.NoCache,
   * });
   */
  handle<Body = unknown>(options: HandleOptions<Body>): this;
  /** Serves the files of a directory. */
  serve(options: ServeOptions): this;
  /** Serves one file, wherever it lies. */
  serveFile(options: ServeFileOptions): this;
  /** A WebSocket route, as safe as `safeWebSocket` makes it. */
  ws<UserData>(path: string, behavior: SafeWebSocketBehavior<UserData>): this;
  /** Adds a plugin to all routes, also those that are registered already. */
  use(plugin: Plugin, priority?: PluginPriority): this;
  /** Answers what no route matches. @default 404 */
  notFound(handler: SafeHandlerFunction): this;
  /** Told of everything that went wrong, once each. Replaces the `onError` of the options. */
  onError(listener: OnError): this;
  /** The native app. Made when first asked for. */
  readonly uwsApp: TemplatedApp;
  /**
   * Starts the plugins and listens, in this process alone; `startServer(app)` does it on all cores.
   *
   * @param target A port, 0 for a free one, or the path of a Unix socket; a string of digits is a port. The host is
   *   `0.0.0.0` unless another is given.
   * @returns Where it listens.
   * @throws {RangeError} For a port out of range.
   * @throws {Error} `EADDRINUSE`, or what a plugin's `onStart` failed with.
   */
  listen(target: number | string, onListen?: () => void): Promise<ListenAddress>;
  listen(port: number | string, host: string, onListen?: () => void): Promise<ListenAddress>;
  /**
   * Accepts nobody any more, lets requests in flight finish for at most ten seconds, closes WebSockets with 1001 and
   * what is idle, then stops the plugins. Further calls return the same promise.
   */
  close(): Promise<void>;
}
