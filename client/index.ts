import { BrotliSocket } from "./brotli-socket.ts";
import type { DecodeBrotli } from "./decoder.ts";

export { loadBrotliDecoder, type DecodeBrotli } from "./decoder.ts";

export interface ConnectOptions {
  /**
   * Where the decoder comes from. Called at most once for each socket, at its first compressed message.
   *
   * @default {@link loadBrotliDecoder}
   */
  readonly loadDecoder?: (() => Promise<DecodeBrotli>) | undefined;
}

/**
 * Opens a WebSocket that also understands brotli messages.
 *
 * The object has the properties, methods and events of a `WebSocket`; messages arrive decoded and in the
 * order in which they were sent. A server that does not know the protocol `rollcage.br.1` is used as it is:
 * one that refuses unknown protocols is asked a second time without it.
 *
 * A message that does not decode raises `error` and closes with 4007.
 *
 * @param protocols Subprotocols of your own; `protocol` names the one the server chose.
 * @throws {SyntaxError} As `new WebSocket` does, for a malformed address or protocol.
 * @example
 * const socket = connect("wss://example.com/prices");
 * socket.onmessage = ({ data }) => render(JSON.parse(data));
 */
export function connect(
  url: string | URL,
  protocols: string | readonly string[] = [],
  options: ConnectOptions = {},
): WebSocket {
  const own = typeof protocols === "string" ? [protocols] : protocols;
  return new BrotliSocket(url, own, options.loadDecoder);
}
