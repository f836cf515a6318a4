import type { SafeRequest } from "../request/safe-request.ts";
import type { SafeResponse } from "../response/safe-response.ts";
import type { SafetyOptions } from "../handlers/resolve-options.ts";
import type { RecognizedString, us_socket_context_t } from "../uws-types.ts";
import type { WebSocketLimits } from "./options.ts";
import type { SafeWebSocket } from "./safe-socket.ts";

/** The response to an upgrade request: refuse with any status, or accept with `upgrade`. */
export type UpgradeResponse<UserData> = SafeResponse & {
  /**
   * Accepts the connection; `data` becomes `ws.data`. The other parameters of µWS may be left out.
   *
   * @param protocol The subprotocol chosen among those offered. Left out, the client's first.
   */
  upgrade(
    data: UserData,
    key?: RecognizedString,
    protocol?: RecognizedString,
    extensions?: RecognizedString,
    context?: us_socket_context_t,
  ): void;
};

export interface SafeWebSocketOptions
  extends WebSocketLimits, Pick<SafetyOptions, "timeoutMs" | "onError" | "exposeErrors"> {}

/**
 * The callbacks of one WebSocket route. Each may be async, throw or reject: the error is reported, the socket is
 * closed with 1011, and nothing else happens. Buffers are copies, so they survive an `await`.
 */
export interface SafeWebSocketBehavior<UserData> extends SafeWebSocketOptions {
  /** May await what it likes; a client that leaves meanwhile is nobody's problem. Left out, everyone is accepted. */
  readonly upgrade?: (
    res: UpgradeResponse<UserData>,
    req: SafeRequest,
    context: us_socket_context_t,
  ) => unknown;
  /** The socket is open: the place to subscribe it to topics. */
  readonly open?: (ws: SafeWebSocket<UserData>) => unknown;
  /** A whole message. The next one may come while an async callback is still at work. */
  readonly message?: (
    ws: SafeWebSocket<UserData>,
    message: ArrayBuffer,
    isBinary: boolean,
  ) => unknown;
  /** A message, sent or published, found too much waiting for this socket. */
  readonly dropped?: (
    ws: SafeWebSocket<UserData>,
    message: ArrayBuffer,
    isBinary: boolean,
  ) => unknown;
  /** Some of what waited has gone out. See also `ws.drained()`. */
  readonly drain?: (ws: SafeWebSocket<UserData>) => unknown;
  /** The socket has closed, with its code (1006 where there was none) and reason. `ws` sends nothing any more. */
  readonly close?: (ws: SafeWebSocket<UserData>, code: number, message: ArrayBuffer) => unknown;
  /** A ping has come; it has been answered. */
  readonly ping?: (ws: SafeWebSocket<UserData>, message: ArrayBuffer) => unknown;
  /** The answer to a ping. */
  readonly pong?: (ws: SafeWebSocket<UserData>, message: ArrayBuffer) => unknown;
  /** The number of subscribers of a topic in this process has changed, by this socket. */
  readonly subscription?: (
    ws: SafeWebSocket<UserData>,
    topic: ArrayBuffer,
    newCount: number,
    oldCount: number,
  ) => unknown;
}

/** What has happened on one route since it was made. */
export interface WebSocketStats {
  /** Sockets that are open now. */
  readonly open: number;
  /** Messages for one socket that were dropped because too much waited. */
  readonly dropped: number;
  /** Sends that came after the socket had closed. */
  readonly sendsAfterClose: number;
  /** Callbacks that threw or rejected. */
  readonly failures: number;
}
