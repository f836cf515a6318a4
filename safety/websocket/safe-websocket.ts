import { formatAddress } from "../../src/internal/format-address.ts";
import { InvariantError } from "../../src/internal/machine.ts";
import { report, toSafetyError } from "../exchange/report.ts";
import type { HandlerSite } from "../exchange/site.ts";
import { checkFunction } from "../handlers/check-function.ts";
import { createHandler } from "../handlers/safe-handler.ts";
import type { TemplatedApp, WebSocket, WebSocketBehavior } from "../uws-types.ts";
import type { SafeWebSocketBehavior, WebSocketStats } from "./behavior.ts";
import { resolveWebSocketConfig, type WebSocketConfig } from "./options.ts";
import { INTERNAL_ERROR, SafeWebSocket, type FailedSocket, type Route } from "./safe-socket.ts";
import { brotliTopic, isReserved, publicTopic, topicsFor, toText } from "./topics.ts";
import { unframe } from "./frame.ts";
import { handleUpgrade, type NativeUserData, type SocketState } from "./upgrade.ts";

/** Under this key the engine tells a behavior which app it has become part of. */
const MOUNT = Symbol.for("rollcage.mount");

/** µWS's own constants, `SHARED_COMPRESSOR | SHARED_DECOMPRESSOR` and `DISABLED`: nothing here loads the binary. */
const SHARED_DEFLATE = 1 | 256;
const DISABLED = 0;

const callbacks = [
  "upgrade",
  "open",
  "message",
  "dropped",
  "drain",
  "close",
  "ping",
  "pong",
  "subscription",
] as const;

/** What `safeWebSocket` returns: for `app.ws(path, behavior)`. */
export interface GuardedWebSocketBehavior<UserData> extends WebSocketBehavior<
  NativeUserData<UserData>
> {
  /** What has happened on this route so far. */
  readonly stats: WebSocketStats;
}

/**
 * @throws {RangeError} For an option out of range.
 * @throws {TypeError} For a callback that is no function.
 */
export function checkBehavior<UserData>(
  behavior: SafeWebSocketBehavior<UserData>,
): WebSocketConfig {
  for (const name of callbacks) {
    if (behavior[name] !== undefined) checkFunction(name, behavior[name]);
  }
  return resolveWebSocketConfig(behavior);
}

/**
 * Builds the behavior of one route. `site` is where it was defined, and how its errors are reported.
 *
 * Throws as {@link checkBehavior} does.
 */
export function createWebSocketBehavior<UserData>(
  behavior: SafeWebSocketBehavior<UserData>,
  site: HandlerSite,
): GuardedWebSocketBehavior<UserData> {
  const config = checkBehavior(behavior);
  const counts = { open: 0, dropped: 0, sendsAfterClose: 0, failures: 0 };

  const fail = (ws: FailedSocket, thrown: unknown): void => {
    counts.failures++;
    const context = { method: "get", url: ws.url, route: `ws ${ws.url}`, aborted: ws.done };
    report(toSafetyError(thrown, context.route), context, site.settings.onError);
    ws.end(INTERNAL_ERROR, "internal error");
  };
  const route: Route = { config, counts, fail, topics: undefined };
  const guard =
    <Args extends unknown[]>(
      callback: ((ws: SafeWebSocket<UserData>, ...args: Args) => unknown) | undefined,
    ) =>
    (ws: SafeWebSocket<UserData>, ...args: Args): void => {
      try {
        const result = callback?.(ws, ...args);
        if (typeof result === "object" && result !== null) {
          Promise.resolve(result).catch((error: unknown) => fail(ws, error));
        }
      } catch (error) {
        fail(ws, error);
      }
    };

  const on = {
    open: guard(behavior.open),
    message: guard(behavior.message),
    dropped: guard(behavior.dropped),
    drain: guard(behavior.drain),
    close: guard(behavior.close),
    ping: guard(behavior.ping),
    pong: guard(behavior.pong),
    subscription: guard(behavior.subscription),
  };

  const native: WebSocketBehavior<NativeUserData<UserData>> = {
    ...nativeLimits(config),
    upgrade(res, req, context) {
      const brotli = config.codec === "brotli" && route.topics !== undefined;
      createHandler(
        (safeRes, safeReq) =>
          handleUpgrade(behavior.upgrade, { res: safeRes, req: safeReq, context, brotli }),
        site,
      )(res, req);
    },
    open(socket) {
      const state = stateOf(socket) ?? adoptState(socket);
      const ws = new SafeWebSocket(socket, state.handshake, route);
      state.safe = ws;
      counts.open++;
      on.open(ws);
    },
    message(socket, message, isBinary) {
      // µWS takes its memory back when this returns; the callback may still be at work then.
      if (behavior.message !== undefined) on.message(safeOf(socket), message.slice(0), isBinary);
    },
    dropped(socket, message, isBinary) {
      counts.dropped++;
      if (behavior.dropped === undefined) return;
      const original =
        isBinary && stateOf(socket)?.handshake.isBrotli === true
          ? unframe(new Uint8Array(message))
          : { data: message.slice(0), isBinary };
      on.dropped(safeOf(socket), original.data, original.isBinary);
    },
    drain(socket) {
      const ws = safeOf(socket);
      // When this returns µWS forgets to watch the socket, although a large message sent in it may wait.
      setImmediate(() => {
        ws.noteDrain();
        if (!ws.done) on.drain(ws);
      });
    },
    close(socket, code, message) {
      const ws = safeOf(socket);
      counts.open--;
      ws.noteClose();
      on.close(ws, code, message.slice(0));
    },
    ping: (socket, message) => on.ping(safeOf(socket), message.slice(0)),
    pong: (socket, message) => on.pong(safeOf(socket), message.slice(0)),
    subscription(socket, topic, newCount, oldCount) {
      if (behavior.subscription === undefined) return;
      const others = countOthers(route, toText(topic));
      const name = new TextEncoder().encode(publicTopic(toText(topic))).buffer;
      on.subscription(safeOf(socket), name, newCount + others, oldCount + others);
    },
  };

  return Object.assign(native, {
    stats: counts,
    [MOUNT](app: TemplatedApp): void {
      const topics = topicsFor(app);
      if (route.topics !== undefined && route.topics !== topics) {
        throw new TypeError(
          "Expected a WebSocket behavior to be part of one app, got a second one",
        );
      }
      route.topics = topics;
      topics.use(config);
    },
  });
}

/** As a property of the socket, because after the close `getUserData()` throws. */
function stateOf<UserData>(
  socket: WebSocket<NativeUserData<UserData>> & Partial<NativeUserData<UserData>>,
): SocketState<UserData> | undefined {
  return socket.rollcage;
}

/** Somebody has put an `upgrade` of his own into the behavior: his user data is what he gave to µWS. */
function adoptState<UserData>(
  socket: WebSocket<NativeUserData<UserData>> & { rollcage?: SocketState<UserData> },
): SocketState<UserData> {
  const data: unknown = socket.getUserData();
  const remoteAddress = formatAddress(new Uint8Array(socket.getRemoteAddress())) ?? "";
  const handshake = { data: data as UserData, remoteAddress, url: "", isBrotli: false };
  return (socket.rollcage = { handshake, safe: undefined });
}

function safeOf<UserData>(socket: WebSocket<NativeUserData<UserData>>): SafeWebSocket<UserData> {
  const safe = stateOf(socket)?.safe;
  if (safe === undefined) throw new InvariantError("A WebSocket was used before it opened");
  return safe;
}

function nativeLimits(config: WebSocketConfig): WebSocketBehavior<never> {
  return {
    compression: config.codec === "deflate" ? SHARED_DEFLATE : DISABLED,
    maxBackpressure: config.maxWaitingBytes,
    closeOnBackpressureLimit: config.onBackpressure !== "drop",
    maxPayloadLength: config.maxPayloadLength,
    idleTimeout: config.idleTimeout,
    maxLifetime: config.maxLifetime,
    sendPingsAutomatically: config.sendPingsAutomatically,
  };
}

/** Subscribers of the same topic that are counted under its other name. */
function countOthers({ topics }: Route, topic: string): number {
  if (topics === undefined) return 0;
  return topics.numSubscribersOf(isReserved(topic) ? publicTopic(topic) : brotliTopic(topic));
}
