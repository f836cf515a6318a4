import { SafetyError } from "../errors.ts";
import type { BodySource } from "../exchange/body-source.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { exchangeOf, type SafeResponse } from "../response/safe-response.ts";

export interface BodyOptions {
  /**
   * Largest body accepted, in bytes.
   *
   * @default `maxBodyBytes` of the handler: 1_048_576 (1 MiB)
   */
  readonly limit?: number | undefined;
}

/**
 * Reads the whole request body into memory.
 *
 * May be called at any time, also after an `await`: what arrived earlier was kept. A second call returns the
 * same body.
 *
 * @returns The body; empty when the request has none.
 * @throws {SafetyError} `ERR_ROLLCAGE_BODY_TOO_LARGE` once `limit` is passed. Nothing more is kept; left
 *   uncaught, it is answered with 413.
 * @throws {SafetyError} `ERR_ROLLCAGE_REQUEST_ABORTED` when the client leaves first.
 * @throws {SafetyError} `ERR_ROLLCAGE_RESPONSE_MISUSED` when the response ended first, `onData` has the body, or
 *   `limit` is no number of bytes.
 * @example
 * const body = await parseBody(res, { limit: 64 * 1024 });
 */
export function parseBody(res: SafeResponse, options: BodyOptions = {}): Promise<Buffer> {
  return quiet(readBody(exchangeOf(res), options));
}

const ignore = (): void => {};

/** A body that nobody waits for any more must not end the process as an unhandled rejection. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(ignore);
  return promise;
}

function readBody(exchange: Exchange, { limit }: BodyOptions): Promise<Buffer> {
  const limitBytes = limit ?? exchange.site.settings.maxBodyBytes;
  // Nothing is larger than what is no number.
  if (!(limitBytes >= 0)) {
    const got = JSON.stringify(limit);
    return Promise.reject(misused(`expected limit to be a number of bytes, got ${got}`));
  }
  const { wholeBody } = exchange;
  // The first to ask needs no look at the result, and so no promise of its own.
  if (wholeBody === undefined) return (exchange.wholeBody = receive(exchange, limitBytes));
  return wholeBody.then((body) => {
    if (body.length > limitBytes) throw tooLarge(limitBytes);
    return body;
  });
}

function receive(exchange: Exchange, limitBytes: number): Promise<Buffer> {
  if (exchange.done) return Promise.reject(gone(exchange));
  const { framing } = exchange;
  if (framing.kind === "length" && framing.bytes > limitBytes) {
    exchange.openBody();
    return Promise.reject(tooLarge(limitBytes));
  }
  const source = exchange.openBody();
  if (source === undefined) return Promise.resolve(Buffer.alloc(0));
  if (source.taken) return Promise.reject(misused("the body has been taken by onData"));
  // A handler that is not asynchronous itself answers when it has the body.
  exchange.watched = true;
  return collect(exchange, source, limitBytes);
}

function collect(exchange: Exchange, source: BodySource, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] | undefined;
    let bytes = 0;
    let isSettled = false;
    // An error costs its stack, so none is made for a body that is there.
    exchange.onFinished(() => {
      if (!isSettled) reject(gone(exchange));
    });
    source.consume((chunk, isLast) => {
      bytes += chunk.byteLength;
      if (bytes > limitBytes) {
        chunks = undefined;
        isSettled = true;
        source.release();
        reject(tooLarge(limitBytes));
        return;
      }
      // The memory of `chunk` is µWS's again when this returns.
      const copy = Buffer.from(new Uint8Array(chunk));
      if (!isLast) return void (chunks ??= []).push(copy);
      isSettled = true;
      resolve(chunks === undefined ? copy : Buffer.concat([...chunks, copy], bytes));
    });
  });
}

function tooLarge(limitBytes: number): SafetyError {
  return new SafetyError("ERR_ROLLCAGE_BODY_TOO_LARGE", { limitBytes });
}

function gone(exchange: Exchange): SafetyError {
  return exchange.abortReason ?? misused("the response has ended, and the body with it");
}

function misused(problem: string): SafetyError {
  return new SafetyError("ERR_ROLLCAGE_RESPONSE_MISUSED", { call: "parseBody()", problem });
}
