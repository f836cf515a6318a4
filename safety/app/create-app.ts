import type { OnError } from "../exchange/site.ts";
import { callSite } from "../handlers/call-site.ts";
import { checkFunction } from "../handlers/check-function.ts";
import { createSites, type SiteFactory } from "../handlers/create-sites.ts";
import { createErrorLog } from "../handlers/error-log.ts";
import { checkOptions, type SafetyOptions } from "../handlers/resolve-options.ts";
import { definitionOf, type SafeHandlerFunction } from "../handlers/safe-handler.ts";
import { StaticFile } from "../static/static-file.ts";
import { StaticSite } from "../static/static-site.ts";
import { toPrefix } from "../static/prefix.ts";
import type { TemplatedApp } from "../uws-types.ts";
import type { SafeWebSocketBehavior } from "../websocket/behavior.ts";
import { AppDefinition, type Preparable } from "./app-definition.ts";
import type {
  AddAppRoute,
  App,
  CreateAppOptions,
  HandleOptions,
  RouteOptions,
  ServeFileOptions,
  ServeOptions,
} from "./app.ts";
import {
  checkFileFlags,
  checkHandlerFlags,
  defaultFileFlags,
  defaultHandlerFlags,
  HandlerFlags,
  hasFlag,
  toStaticOptions,
} from "./flags.ts";
import { foldHandler, type AppHandler } from "./fold-handler.ts";
import { mount } from "./mount.ts";
import { loadEngine, NativeListener, toListenTarget, type ListenAddress } from "./native-app.ts";
import { PluginLifecycle } from "./plugin-lifecycle.ts";
import { PluginPriority, type Plugin } from "./plugin.ts";
import { RequestMethod } from "./request-method.ts";
import { toPattern } from "./route-table.ts";

/** Under this key the runtime finds what to call when its worker has stopped serving. */
const STOP = Symbol.for("rollcage.stop");

type FileOptions = Pick<ServeOptions, "flags" | "maxAgeSeconds"> & {
  readonly notFound?: SafeHandlerFunction | undefined;
};

interface FileHandler {
  handle: SafeHandlerFunction;
}

/** What a route is registered with, whichever method registers it. */
interface Registration {
  readonly method: RequestMethod;
  readonly path: string;
  readonly handler: AppHandler<never>;
  readonly options: RouteOptions;
  readonly definedAt: string;
}

/** The implementation of {@link App}. */
export class CreatedApp implements App {
  readonly get: AddAppRoute = this.#adder(RequestMethod.GET);
  readonly post: AddAppRoute = this.#adder(RequestMethod.POST);
  readonly put: AddAppRoute = this.#adder(RequestMethod.PUT);
  readonly patch: AddAppRoute = this.#adder(RequestMethod.PATCH);
  readonly del: AddAppRoute = this.#adder(RequestMethod.DELETE);
  readonly options: AddAppRoute = this.#adder(RequestMethod.OPTIONS);
  readonly head: AddAppRoute = this.#adder(RequestMethod.HEAD);
  readonly any: AddAppRoute = this.#adder(RequestMethod.ANY);

  readonly #definition = new AppDefinition();
  readonly #plugins: PluginLifecycle;
  readonly #siteOf: SiteFactory;
  readonly #compression: SafetyOptions["compression"];
  readonly #closing = new AbortController();
  #native: TemplatedApp | undefined;
  #listener: NativeListener | undefined;
  #started: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor({ uwsApp, ...options }: CreateAppOptions) {
    const onError = this.#definition.reportingTo(createErrorLog());
    this.#definition.onError = options.onError;
    this.#native = uwsApp;
    this.#compression = options.compression;
    this.#siteOf = createSites({ ...options, onError });
    this.#plugins = new PluginLifecycle(onError);
    Object.defineProperty(this, STOP, { value: () => this.#stop() });
  }

  handle<Body>({ method, path, handler, ...options }: HandleOptions<Body>): this {
    return this.#register({ method, path, handler, options, definedAt: callSite(this.handle) });
  }

  serve({ directory, pathPrefix = "", ...options }: ServeOptions): this {
    const definedAt = callSite(this.serve);
    const prefix = toPrefix(toPattern(pathPrefix));
    if (/[:*]/u.test(prefix)) {
      throw new TypeError(
        `Expected a pathPrefix without : and *, got ${JSON.stringify(pathPrefix)}`,
      );
    }
    const site = new StaticSite(directory, { ...this.#staticOptions(options), pathPrefix: prefix });
    this.#registerFiles(`${prefix}*`, site, definedAt);
    // The router does not take it for the directory, and clients leave the slash out.
    if (prefix !== "/") this.#registerFiles(prefix.slice(0, -1), site, definedAt);
    return this;
  }

  serveFile({ file, path, ...options }: ServeFileOptions): this {
    const definedAt = callSite(this.serveFile);
    this.#registerFiles(
      toPattern(path),
      new StaticFile(file, this.#staticOptions(options)),
      definedAt,
    );
    return this;
  }

  ws<UserData>(path: string, behavior: SafeWebSocketBehavior<UserData>): this {
    const definedAt = callSite(this.ws);
    this.#mustBeOpen();
    // Its own callbacks alone see its user data.
    const entry = { behavior: behavior as SafeWebSocketBehavior<unknown>, definedAt };
    this.#definition.addWebSocket(toPattern(path), entry);
    return this;
  }

  use(plugin: Plugin, priority: PluginPriority = PluginPriority.Normal): this {
    this.#mustBeOpen();
    this.#definition.plugins.add(plugin, priority);
    return this;
  }

  notFound(handler: SafeHandlerFunction): this {
    this.#mustBeOpen();
    checkFunction("notFound", handler);
    this.#definition.notFound = handler;
    return this;
  }

  onError(listener: OnError): this {
    checkFunction("onError", listener);
    this.#definition.onError = listener;
    return this;
  }

  get uwsApp(): TemplatedApp {
    return (this.#native ??= loadEngine().App());
  }

  async listen(
    target: number | string,
    hostOrCallback?: string | (() => void),
    callback?: () => void,
  ): Promise<ListenAddress> {
    const [host, onListen] =
      typeof hostOrCallback === "string" ? [hostOrCallback, callback] : ["0.0.0.0", hostOrCallback];
    const portOrPath = toListenTarget(target);
    this.#mustNotBeClosed();
    const listener = this.#mount();
    await (this.#started ??= this.#plugins.start(this.#definition.plugins.inOrder));
    this.#mustNotBeClosed();
    const address = await listener.listen(portOrPath, host);
    onListen?.();
    return address;
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    // What has not started cannot be stopped; whoever called `listen` hears why it did not.
    await this.#started?.catch(() => {});
    await this.#listener?.close();
    await this.#stop();
  }

  /** All that is left when the native app is closed, which the runtime does itself. */
  async #stop(): Promise<void> {
    this.#closing.abort();
    await this.#plugins.stop();
  }

  /** Hands everything over to µWS. From here on nothing can be registered. */
  #mount(): NativeListener {
    if (this.#listener !== undefined) return this.#listener;
    this.#listener = new NativeListener(this.uwsApp);
    mount(this.uwsApp, this.#definition, this.#siteOf);
    for (const files of this.#definition.files) void files.start(this.#closing.signal);
    return this.#listener;
  }

  #adder(method: RequestMethod): AddAppRoute {
    const add: AddAppRoute = (path, handler, options = {}) =>
      this.#register({ method, path, handler, options, definedAt: callSite(add) });
    return add;
  }

  #register({ method, path, handler, options, definedAt }: Registration): this {
    const { flags = defaultHandlerFlags, ...limits } = options;
    this.#mustBeOpen();
    checkHandlerFlags(flags);
    checkOptions(limits);
    checkFunction(`the handler of ${path}`, handler);
    const safe = definitionOf(handler);
    const plain = safe?.handler ?? handler;
    const compression = hasFlag(flags, HandlerFlags.Compress) && this.#compression;
    this.#definition.routes.add({
      method,
      pattern: toPattern(path),
      handler: foldHandler(plain, flags),
      options: { ...limits, compression },
      site: safe?.site,
      definedAt,
    });
    return this;
  }

  #registerFiles(pattern: string, files: Preparable & FileHandler, definedAt: string): void {
    this.#mustBeOpen();
    this.#definition.routes.add({
      method: RequestMethod.GET,
      pattern,
      handler: (res, req) => files.handle(res, req),
      options: { compression: false },
      site: undefined,
      definedAt,
    });
    this.#definition.files.add(files);
  }

  #staticOptions({ flags = defaultFileFlags, maxAgeSeconds, notFound }: FileOptions) {
    checkFileFlags(flags);
    return {
      ...toStaticOptions(flags),
      maxAgeSeconds,
      notFound: notFound ?? this.#definition.answerNotFound,
    };
  }

  #mustNotBeClosed(): void {
    if (this.#closed !== undefined) throw new Error("Expected an app that has not been closed");
  }

  #mustBeOpen(): void {
    if (this.#listener === undefined) return;
    throw new TypeError("Expected everything to be registered before the app listens");
  }
}
