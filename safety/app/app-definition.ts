import type { SafetyError } from "../errors.ts";
import type { ErrorContext, OnError } from "../exchange/site.ts";
import { isolated } from "../exchange/thrown.ts";
import { answerStatus } from "../handlers/answer-error.ts";
import { routerPattern } from "../handlers/parse-route.ts";
import type { SafeHandlerFunction } from "../handlers/safe-handler.ts";
import { exchangeOf } from "../response/safe-response.ts";
import type { SafeWebSocketBehavior } from "../websocket/behavior.ts";
import { checkBehavior } from "../websocket/safe-websocket.ts";
import { PluginList } from "./plugin.ts";
import { RouteTable } from "./route-table.ts";

/** On what `safeWebSocket` has made. */
const MOUNT = Symbol.for("rollcage.mount");

export interface WebSocketEntry {
  readonly pattern: string;
  readonly behavior: SafeWebSocketBehavior<unknown>;
  readonly definedAt: string;
}

/** Files that can be prepared while the app serves. */
export interface Preparable {
  start(signal: AbortSignal): Promise<void>;
}

/** Everything that was registered on an app, before any of it reaches µWS. */
export class AppDefinition {
  readonly routes: RouteTable = new RouteTable();
  /** By their patterns as the router sees them. */
  readonly webSockets: Map<string, WebSocketEntry> = new Map();
  readonly plugins: PluginList = new PluginList();
  readonly files: Set<Preparable> = new Set();
  notFound: SafeHandlerFunction | undefined;
  onError: OnError | undefined;

  /**
   * @throws {TypeError} When there is one at this path already, or it is not callbacks, or they were made safe before.
   * @throws {RangeError} For an option out of range.
   */
  addWebSocket(pattern: string, entry: Omit<WebSocketEntry, "pattern">): void {
    const { behavior } = entry;
    if (typeof behavior !== "object") {
      throw new TypeError(`Expected the callbacks of a WebSocket route, got ${typeof behavior}`);
    }
    const key = routerPattern(pattern);
    const earlier = this.webSockets.get(key);
    if (earlier !== undefined) {
      throw new TypeError(
        `Expected one WebSocket route at ${pattern}, there is one already (${earlier.definedAt})`,
      );
    }
    if (MOUNT in behavior) {
      throw new TypeError(
        "Expected the callbacks of a WebSocket route, got what safeWebSocket returns: createApp makes them safe itself",
      );
    }
    checkBehavior(behavior);
    this.webSockets.set(key, { ...entry, pattern });
  }

  /** Whoever asks for something that is not there gets this, from routes and files alike. */
  readonly answerNotFound: SafeHandlerFunction = (res, req) => {
    if (this.notFound !== undefined) return this.notFound(res, req);
    return answerStatus(exchangeOf(res), 404);
  };

  /** For the app's own handlers: its listener, or `fallback` where it has none, then the plugins. */
  reportingTo(fallback: OnError): OnError {
    return (error, context) => {
      isolated("onError", () => (this.onError ?? fallback)(error, context));
      this.#tellPlugins(error, context);
    };
  }

  /** For a handler that came with a listener of its own: that one, the app's, then the plugins. */
  reportingAlsoTo(own: OnError): OnError {
    return (error, context) => {
      isolated("onError", () => own(error, context));
      isolated("onError", () => this.onError?.(error, context));
      this.#tellPlugins(error, context);
    };
  }

  #tellPlugins(error: SafetyError, context: ErrorContext): void {
    for (const plugin of this.plugins.inOrder) {
      isolated(`onError of plugin ${plugin.name}`, () => plugin.onError?.(error, context));
    }
  }
}
