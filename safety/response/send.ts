import fresh from "fresh";
import { MAX_BYTES_ON_LOOP, sharedCompressor } from "../compression/compressor.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { RecognizedString } from "../uws-types.ts";
import { toBody, toBytes, type Body } from "./body.ts";
import { chooseEncoding, noteEncoding, weakenEtag } from "./encoding.ts";
import { addHeader, getHeader, hasHeader, noteHeader, setStatus } from "./head.ts";
import { statusLine } from "./status-line.ts";
import { end, endWithoutBody } from "./write.ts";

export type SendBody = RecognizedString | null | undefined;

export interface SendOptions {
  /** @default 200, or what `writeStatus` set */
  readonly status?: number | undefined;
  /** The content type; without it text is `text/plain; charset=utf-8`, bytes `application/octet-stream`. */
  readonly type?: string | undefined;
  /** Added to those of `writeHeader`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

const TEXT = "text/plain; charset=utf-8";
const BYTES = "application/octet-stream";

export function sendJson(exchange: Exchange, value: unknown, status: number | undefined): void {
  if (exchange.done) return exchange.misused("json");
  const text = JSON.stringify(value);
  if (text === undefined) {
    throw new TypeError(`Expected a value with a JSON form, got ${typeof value}`);
  }
  if (status !== undefined) setStatus(exchange, statusLine(status));
  if (!hasHeader(exchange, "content-type")) {
    noteHeader(exchange, "content-type", "application/json");
  }
  sendBody(exchange, text);
}

/** A whole body with its head, in one call: 304 where the client has it, encoded where that pays. */
export function send(exchange: Exchange, given: SendBody, options: SendOptions): void {
  if (exchange.done) return exchange.misused("send");
  const body = toBody("send", given);
  noteHead(exchange, options, typeof body === "string" ? TEXT : BYTES);
  sendBody(exchange, body);
}

function sendBody(exchange: Exchange, body: Body): void {
  if (isNotModified(exchange)) {
    // What the whole answer would have told caches.
    if (chooseEncoding(exchange, Buffer.byteLength(body)) !== undefined) weakenEtag(exchange);
    setStatus(exchange, statusLine(304));
    return endWithoutBody(exchange, undefined, false);
  }
  const { compression } = exchange.site.settings;
  // Text has at least as many bytes as letters, and at most three for each.
  const atMost = typeof body === "string" ? body.length * 3 : body.byteLength;
  if (compression === false || atMost < compression.threshold) return end(exchange, body, false);
  sendEncoded(exchange, body);
}

/** Notes status, type and headers; a type that is there already stays. */
export function noteHead(
  exchange: Exchange,
  { status, type, headers }: SendOptions,
  defaultType: string,
): void {
  if (status !== undefined) setStatus(exchange, statusLine(status));
  if (headers !== undefined) {
    for (const [name, value] of Object.entries(headers)) addHeader(exchange, name, value);
  }
  if (!hasHeader(exchange, "content-type"))
    addHeader(exchange, "content-type", type ?? defaultType);
}

function sendEncoded(exchange: Exchange, body: Body): void {
  const bytes = toBytes(body);
  const coding = chooseEncoding(exchange, bytes.length);
  if (coding === undefined) return end(exchange, body, false);
  if (bytes.length <= MAX_BYTES_ON_LOOP) {
    const encoded = sharedCompressor.encodeNow(bytes, coding);
    if (encoded !== undefined) noteEncoding(exchange, coding);
    return end(exchange, encoded ?? body, false);
  }
  exchange.seal();
  void sharedCompressor.encode(bytes, coding).then(
    (encoded) => {
      if (!exchange.unseal()) return;
      if (encoded !== undefined) noteEncoding(exchange, coding);
      end(exchange, encoded ?? body, false);
    },
    (error: unknown) => {
      if (exchange.unseal()) exchange.site.fail(exchange, error);
    },
  );
}

/**
 * By `ETag` or `Last-Modified`, for answers that would have been a plain 200. `Cache-Control: no-cache` in a
 * request speaks to caches; `fetch` sends it with every condition of its own.
 */
function isNotModified(exchange: Exchange): boolean {
  if (exchange.headers === undefined || exchange.headers.length <= 2) return false;
  if (exchange.phase !== "head") return false;
  if (exchange.status !== undefined && !exchange.status.startsWith("200")) return false;
  const etag = getHeader(exchange, "etag");
  const lastModified = getHeader(exchange, "last-modified");
  if (etag === undefined && lastModified === undefined) return false;
  if (exchange.method !== "get" && exchange.method !== "head") return false;
  return fresh(
    {
      "if-none-match": exchange.requestHeader("if-none-match"),
      "if-modified-since": exchange.requestHeader("if-modified-since"),
    },
    { etag, "last-modified": lastModified },
  );
}
