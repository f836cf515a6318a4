import type { Exchange } from "../exchange/exchange.ts";
import { answerStatus } from "../handlers/answer-error.ts";
import { addHeader } from "../response/head.ts";

/** Sends the client of a directory to the same path with a slash, so that relative links lead inside. */
export function redirectToDirectory(
  exchange: Exchange,
  { urlPath, query }: { readonly urlPath: string; readonly query: string },
): void {
  const location = directoryLocation(urlPath) + (query === "" ? "" : `?${query}`);
  addHeader(exchange, "location", location);
  // The browser keeps a 301 for ever; a page in its place must not load anything.
  addHeader(exchange, "content-security-policy", "default-src 'none'");
  answerStatus(exchange, 301, `Redirecting to ${location}`);
}

/** A path that begins with two slashes would name another host. */
export function directoryLocation(urlPath: string): string {
  const { pathname } = new URL(urlPath.replace(/^\/+/u, "/"), "http://localhost");
  return `${pathname.replace(/^\/+/u, "/")}/`;
}
