import type { Exchange } from "../exchange/exchange.ts";
import type { HttpResponse, RecognizedString, us_socket_context_t } from "../uws-types.ts";
import { addHeader, setStatus } from "./head.ts";
import { onData, onWritable, remoteAddress } from "./native-callbacks.ts";
import { send, sendJson, type SendBody, type SendOptions } from "./send.ts";
import { stream, type StreamOptions, type StreamSource } from "./stream.ts";
import { close, corked, end, endWithoutBody, tryEnd, upgrade, write } from "./write.ts";

/** The exchange behind a response, for the other parts of the toolkit. */
export let exchangeOf: (response: SafeResponse) => Exchange;

/**
 * A response that cannot be misused fatally: every method of µWS's `HttpResponse`, with the same meaning, and
 * none of them throws because the response has ended or the client has gone.
 *
 * Made by `safeHandler`; may be kept and used at any time.
 */
export class SafeResponse implements HttpResponse {
  readonly #exchange: Exchange;

  static {
    exchangeOf = (response) => response.#exchange;
  }

  /** Like µWS, this takes whatever a program wants to attach to it. */
  [attached: string]: unknown;

  /** @internal */
  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** The response has ended, or the client has gone away. */
  get done(): boolean {
    return this.#exchange.done;
  }

  /** The client has gone away before the response had ended, or `close` was called. */
  get aborted(): boolean {
    return this.#exchange.phase === "aborted";
  }

  /** The head is out: status and headers cannot change any more. */
  get headersSent(): boolean {
    return this.#exchange.phase !== "head";
  }

  /**
   * Aborted when the client goes away or the deadline passes. Made when first asked for.
   *
   * @example
   * const rows = await db.query(sql, { signal: res.signal });
   */
  get signal(): AbortSignal {
    return this.#exchange.signal;
  }

  /** Called when the client goes away; at once if it has gone already. Any number of listeners. */
  onAborted(listener: () => void): this {
    this.#exchange.watched = true;
    this.#exchange.onAborted(listener);
    return this;
  }

  /** Called once, when the response has ended or the client has gone away. Any number of listeners. */
  onFinished(listener: () => void): this {
    this.#exchange.onFinished(listener);
    return this;
  }

  /**
   * Answers with JSON, compressed where that pays.
   *
   * @param status @default 200, or what `writeStatus` set
   * @throws {TypeError} When `value` has no JSON form; nothing is out then.
   * @example
   * res.json({ id: 7 }, 201);
   */
  json(value: unknown, status?: number): this {
    sendJson(this.#exchange, value, status);
    return this;
  }

  /**
   * Answers with a whole body, compressed where that pays, or with 304 where `ETag` or `Last-Modified` allow it.
   *
   * @throws {SafetyError} `ERR_ROLLCAGE_RESPONSE_MISUSED` for what is neither text nor bytes.
   * @example
   * res.send("<h1>hello</h1>", { type: "text/html; charset=utf-8" });
   */
  send(body: SendBody, options: SendOptions = {}): this {
    send(this.#exchange, body, options);
    return this;
  }

  /**
   * Answers with what a stream yields, as fast as the client reads it, compressed where that pays. The source is
   * destroyed when the client leaves; if it fails with a part of the body out, the connection is closed.
   *
   * @returns When the answer is complete, or the client has gone away; it never rejects. An error of the
   *   source is reported, and answered while that is still possible.
   * @example
   * await res.stream(createReadStream(path), { size, type: "video/mp4" });
   */
  stream(source: StreamSource, options: StreamOptions = {}): Promise<void> {
    return stream(this.#exchange, source, options);
  }

  /**
   * Sets the status line. It is held back until the body begins, so that an error can still replace it.
   *
   * @param status Code and reason, such as `"404 Not Found"`. @default "200 OK"
   * @throws {SafetyError} `ERR_ROLLCAGE_RESPONSE_MISUSED` for control characters.
   */
  writeStatus(status: RecognizedString): this {
    setStatus(this.#exchange, status);
    return this;
  }

  /**
   * Adds a header line, held back as the status is. `Content-Length` and `Transfer-Encoding` follow from the body.
   *
   * @throws {SafetyError} `ERR_ROLLCAGE_RESPONSE_MISUSED` when name or value could break the head apart.
   */
  writeHeader(name: RecognizedString, value: RecognizedString): this {
    addHeader(this.#exchange, name, value);
    return this;
  }

  /**
   * Sends a part of a body whose length nobody knows yet. {@link SafeResponse.stream} waits for slow clients by itself.
   *
   * @returns Whether the client keeps up; if not, what is written waits in memory until `onWritable` is called.
   * @throws {SafetyError} `ERR_ROLLCAGE_RESPONSE_MISUSED` for what is neither text nor bytes.
   */
  write(chunk: RecognizedString): boolean {
    return write(this.#exchange, chunk);
  }

  /**
   * Ends the response, with its whole body or the last part of it. As it is: {@link SafeResponse.send} compresses.
   *
   * @param closeConnection Whether the connection ends with the response. @default false
   * @throws {SafetyError} `ERR_ROLLCAGE_RESPONSE_MISUSED` for what is neither text nor bytes.
   */
  end(body?: RecognizedString, closeConnection?: boolean): this {
    end(this.#exchange, body, closeConnection === true);
    return this;
  }

  /**
   * Ends the response with its head.
   *
   * @param reportedContentLength What `Content-Length` says, in bytes; for answers to `HEAD`. @default 0
   * @param closeConnection Whether the connection ends with the response. @default false
   */
  endWithoutBody(reportedContentLength?: number, closeConnection?: boolean): this {
    endWithoutBody(this.#exchange, reportedContentLength, closeConnection === true);
    return this;
  }

  /**
   * Sends as much of a body of known length as the client takes at once.
   *
   * @param totalSize Of the whole body, in bytes.
   * @returns Whether all of the chunk was taken, and whether the response has ended. What was not taken is sent
   *   from `onWritable`, beginning at `getWriteOffset()`.
   */
  tryEnd(fullBodyOrChunk: RecognizedString, totalSize: number): [boolean, boolean] {
    return tryEnd(this.#exchange, fullBodyOrChunk, totalSize);
  }

  /** Closes the connection at once, whatever of the response is out. Abort listeners are called. */
  close(): this {
    close(this.#exchange);
    return this;
  }

  /** Opens a WebSocket, as in µWS. `safeWebSocket` needs none of these parameters. */
  // oxlint-disable-next-line eslint/max-params -- as in µWS
  upgrade<UserData>(
    userData: UserData,
    key: RecognizedString,
    protocol: RecognizedString,
    extensions: RecognizedString,
    context: us_socket_context_t,
  ): void {
    upgrade(this.#exchange, { userData, key, protocol, extensions, context });
  }

  /** Gathers what `callback` sends into as few packets as possible; single calls are gathered without it. */
  cork(callback: () => void): this {
    const exchange = this.#exchange;
    if (!exchange.done) corked(exchange, () => exchange.observe(callback()));
    return this;
  }

  /**
   * Called when the client has read on. The last listener counts, as in µWS.
   *
   * @param handler Gets the number of bytes sent so far; returns `false` when it could not send all it has.
   */
  onWritable(handler: (offset: number) => boolean): this {
    onWritable(this.#exchange, handler);
    return this;
  }

  /**
   * Hands over the body of the request as it arrives, from its first byte on, whenever this is called.
   *
   * @param handler A chunk is valid only during the call. The last one, which may be empty, has `isLast`; a request
   *   without a body has only that.
   */
  onData(handler: (chunk: ArrayBuffer, isLast: boolean) => void): this {
    onData(this.#exchange, handler);
    return this;
  }

  /** Stops the arrival of the body, until `resume`, or until somebody reads it. Without a body there is nothing to stop. */
  pause(): this {
    const exchange = this.#exchange;
    if (!exchange.done) exchange.openBody()?.pause();
    return this;
  }

  /** Lets the body arrive again. */
  resume(): this {
    this.#exchange.body?.resume();
    return this;
  }

  /** Bytes of the body that have been sent. */
  getWriteOffset(): number {
    const exchange = this.#exchange;
    return exchange.settled ? 0 : exchange.raw.getWriteOffset();
  }

  /** The client's address: 4 or 16 bytes, none when the response is done. */
  getRemoteAddress(): ArrayBuffer {
    return remoteAddress(this.#exchange, "getRemoteAddress");
  }

  /** The client's address as text, in bytes: `Buffer.from(res.getRemoteAddressAsText()).toString()`. */
  getRemoteAddressAsText(): ArrayBuffer {
    return remoteAddress(this.#exchange, "getRemoteAddressAsText");
  }

  /** The address that a PROXY v2 header names; empty without one. Any client could have sent it. */
  getProxiedRemoteAddress(): ArrayBuffer {
    return remoteAddress(this.#exchange, "getProxiedRemoteAddress");
  }

  /** The same as text, in bytes. */
  getProxiedRemoteAddressAsText(): ArrayBuffer {
    return remoteAddress(this.#exchange, "getProxiedRemoteAddressAsText");
  }

  /** The client's port; 0 where the binary cannot tell. */
  getRemotePort(): number {
    const exchange = this.#exchange;
    return exchange.settled ? 0 : (exchange.raw.getRemotePort?.() ?? 0);
  }
}
