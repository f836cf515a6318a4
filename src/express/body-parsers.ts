import { createRequire } from "node:module";

import type { UltimateExpress, UpstreamRequest } from "./upstream.ts";

type Parsers = Pick<UltimateExpress, "json" | "raw" | "text" | "urlencoded">;

type Middleware = (request: UpstreamRequest, response: unknown, next: () => void) => void;

const require = createRequire(import.meta.url);

/**
 * Replaces upstream's body parsers, which die of a body that is not compressed as it claims, hold
 * limits for the encoded size only and not at all when given as a number, and answer 500 to what the
 * client did wrong. These are those of Express 5.
 */
export function loadBodyParsers(): Parsers {
  const { json, raw, text, urlencoded }: Parsers = require("body-parser");
  return {
    json: (options) => skipUnread(json(options)),
    raw: (options) => skipUnread(raw(options)),
    text: (options) => skipUnread(text(options)),
    urlencoded: (options) => skipUnread(urlencoded(options)),
  };
}

/** Methods besides POST, PUT and PATCH whose bodies are read; upstream reads none of them. */
export const BODY_METHODS: readonly string[] = [
  "DELETE",
  "OPTIONS",
  "LOCK",
  "MKCOL",
  "PROPFIND",
  "PROPPATCH",
  "QUERY",
  "REPORT",
  "SEARCH",
];

/** µWebSockets.js drops the body of a request that is not read from the start, as of GET. */
function skipUnread<Parser>(parser: Parser): Parser {
  const parse = parser as Middleware;
  const skipping: Middleware = (request, response, next) => {
    if (request.method === "GET" || request.method === "HEAD") next();
    else parse(request, response, next);
  };
  return skipping as Parser;
}
