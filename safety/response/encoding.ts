import { negotiateEncoding, type ContentCoding } from "../compression/negotiate.ts";
import { addVary, isWorthCompressing, toWeakEtag } from "../compression/policy.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { getHeader, joinHeader, replaceHeader } from "./head.ts";

/**
 * The encoding for a body of `bytes` bytes, by what the head says and what the client accepts. Where it could
 * have been another for another client, `Vary` says so.
 *
 * @param bytes `undefined` when nobody knows yet.
 */
export function chooseEncoding(
  exchange: Exchange,
  bytes: number | undefined,
): ContentCoding | undefined {
  const { compression } = exchange.site.settings;
  // Behind a head that is out, nobody would know of the encoding.
  if (compression === false || exchange.phase !== "head") return undefined;
  const worthIt = isWorthCompressing({
    bytes,
    threshold: compression.threshold,
    contentType: getHeader(exchange, "content-type"),
    contentEncoding: getHeader(exchange, "content-encoding"),
    contentRange: getHeader(exchange, "content-range"),
    cacheControl: joinHeader(exchange, "cache-control"),
  });
  if (!worthIt) return undefined;
  replaceHeader(exchange, "vary", addVary(getHeader(exchange, "vary"), "Accept-Encoding"));
  return negotiateEncoding(exchange.requestHeader("accept-encoding"));
}

/** The head of a body that has been encoded. */
export function noteEncoding(exchange: Exchange, coding: ContentCoding): void {
  replaceHeader(exchange, "content-encoding", coding);
  weakenEtag(exchange);
}

export function weakenEtag(exchange: Exchange): void {
  const etag = getHeader(exchange, "etag");
  if (etag !== undefined) replaceHeader(exchange, "etag", toWeakEtag(etag));
}
