import { PassThrough } from "node:stream";
import { SafetyError } from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { addHeader, setStatus } from "../response/head.ts";
import { streamBody } from "../response/stream.ts";
import { close, end } from "../response/write.ts";
import { parseResponseHead, type ResponseHead } from "./response-head.ts";

const nothing = Buffer.alloc(0);

/** Takes what Node's response writes to its socket, and answers with it. */
export class ResponseWriter {
  readonly #exchange: Exchange;
  readonly #body = new PassThrough();
  #head: ResponseHead | undefined;
  #pending: Buffer = nothing;
  #ended = false;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    exchange.onFinished(() => this.#body.destroy());
    // A client that leaves is told to the response through its socket.
    this.#body.on("error", () => {});
  }

  /** The answer is the middleware's. */
  get answers(): boolean {
    return this.#head !== undefined && !this.#exchange.overruled;
  }

  write(bytes: Buffer, done: (error?: Error | null) => void): void {
    if (this.#exchange.done) return done();
    if (this.#head !== undefined) return void this.#body.write(bytes, done);
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    try {
      this.#head = this.#takeHead();
    } catch (error) {
      this.#exchange.site.fail(this.#exchange, error);
      return done();
    }
    if (this.#head === undefined) return done();
    const rest = this.#pending;
    this.#pending = nothing;
    this.#noteHead(this.#head);
    const { contentLength } = this.#head;
    if (rest.length > 0 && rest.length === contentLength) {
      end(this.#exchange, rest, false);
      return done();
    }
    this.#sendBody(contentLength);
    if (rest.length === 0) done();
    else this.#body.write(rest, done);
  }

  /** All has been written. */
  end(): void {
    this.#ended = true;
    this.#body.end();
  }

  /** The application, or Node, has destroyed the socket. */
  abandon(): void {
    // An answer that is complete still has to reach the client.
    if (!this.#ended && !this.#exchange.done) close(this.#exchange);
  }

  /** The head of the final response; hints before it are for clients that µWS cannot tell. */
  #takeHead(): ResponseHead | undefined {
    for (;;) {
      const head = parseHead(this.#pending);
      if (head === undefined) return undefined;
      if (head.status === 101) throw misused("switching protocols needs a route made with ws()");
      this.#pending = this.#pending.subarray(head.length);
      if (head.status >= 200) return head;
      if (this.#pending.length === 0) return undefined;
    }
  }

  #noteHead({ statusLine, headers, isLast }: ResponseHead): void {
    const exchange = this.#exchange;
    setStatus(exchange, statusLine);
    for (let index = 0; index < headers.length; index += 2) {
      addHeader(exchange, headers[index]!, headers[index + 1]!);
    }
    exchange.closeAfter ||= isLast;
  }

  #sendBody(contentLength: number | undefined): void {
    const exchange = this.#exchange;
    streamBody(exchange, this.#body, contentLength).catch((error: unknown) =>
      exchange.site.fail(exchange, error),
    );
  }
}

function parseHead(bytes: Buffer): ResponseHead | undefined {
  try {
    return parseResponseHead(bytes);
  } catch {
    throw misused("its connection belongs to µWebSockets.js, only the response can be written");
  }
}

function misused(problem: string): SafetyError {
  return new SafetyError("ERR_ROLLCAGE_RESPONSE_MISUSED", { call: "socket.write()", problem });
}
