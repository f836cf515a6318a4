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
   * Answers with JSON.
   *
   * @param status @default 200
   * @throws {TypeError} When `value` has no JSON form; nothing is out then.
   */
  json(value: unknown, status?: number): this {
    sendJson(this.#exchange, value, status);
    return this;
  }

  /**
   * Answers with a whole body, compressed where that pays.
   *
   * @example
   * res.send("<h1>hello</h1>", { type: "text/html; charset=utf-8" });
   */
  send(body: SendBody, options: SendOptions = {}): this {
    send(this.#exchange, body, options);
    return this;
  }

  /**
   * Answers with what a stream yields, as fast as the client reads it.
   *
   * @returns When the answer is complete, or the client has gone away; it never rejects. An error of the
   *   source is reported, and answered while that is still possible.
   */
  stream(source: StreamSource, options: StreamOptions = {}): Promise<void> {
    return stream(this.#exchange, source, options);
  }

  writeStatus(status: RecognizedString): this {
    setStatus(this.#exchange, status);
    return this;
  }

  /** @throws {SafetyError} `ERR_ROLLCAGE_RESPONSE_MISUSED` when name or value could break the head apart. */
  writeHeader(name: RecognizedString, value: RecognizedString): this {
    addHeader(this.#exchange, name, value);
    return this;
  }

  write(chunk: RecognizedString): boolean {
    return write(this.#exchange, chunk);
  }

  end(body?: RecognizedString, closeConnection?: boolean): this {
    end(this.#exchange, body, closeConnection === true);
    return this;
  }

  endWithoutBody(reportedContentLength?: number, closeConnection?: boolean): this {
    endWithoutBody(this.#exchange, reportedContentLength, closeConnection === true);
    return this;
  }

  tryEnd(fullBodyOrChunk: RecognizedString, totalSize: number): [boolean, boolean] {
    return tryEnd(this.#exchange, fullBodyOrChunk, totalSize);
  }

  close(): this {
    close(this.#exchange);
    return this;
  }

  // oxlint-disable-next-line eslint/max-params, typescript/no-unnecessary-type-parameters -- as in µWS
  upgrade<UserData>(
    userData: UserData,
    key: RecognizedString,
    protocol: RecognizedString,
    extensions: RecognizedString,
    context: us_socket_context_t,
  ): void {
    upgrade(this.#exchange, { userData, key, protocol, extensions, context });
  }

  cork(callback: () => void): this {
    const exchange = this.#exchange;
    if (!exchange.done) corked(exchange, () => exchange.observe(callback()));
    return this;
  }

  onWritable(handler: (offset: number) => boolean): this {
    onWritable(this.#exchange, handler);
    return this;
  }

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

  resume(): this {
    this.#exchange.body?.resume();
    return this;
  }

  getWriteOffset(): number {
    const exchange = this.#exchange;
    return exchange.settled ? 0 : exchange.raw.getWriteOffset();
  }

  getRemoteAddress(): ArrayBuffer {
    return remoteAddress(this.#exchange, "getRemoteAddress");
  }

  getRemoteAddressAsText(): ArrayBuffer {
    return remoteAddress(this.#exchange, "getRemoteAddressAsText");
  }

  getProxiedRemoteAddress(): ArrayBuffer {
    return remoteAddress(this.#exchange, "getProxiedRemoteAddress");
  }

  getProxiedRemoteAddressAsText(): ArrayBuffer {
    return remoteAddress(this.#exchange, "getProxiedRemoteAddressAsText");
  }

  getRemotePort(): number {
    const exchange = this.#exchange;
    return exchange.settled ? 0 : (exchange.raw.getRemotePort?.() ?? 0);
  }
}
