import { STATUS_CODES } from "node:http";

import type { UpstreamResponse } from "./upstream.ts";

/** Writes status and headers, unless they are out. Must run corked. */
export function writeHead(response: UpstreamResponse): void {
  if (response.headersSent) return;
  // Middleware that waits for the head wraps this method; it writes nothing itself.
  response.writeHead(response.statusCode);
  const { statusCode, statusText = STATUS_CODES[statusCode] ?? "" } = response;
  response._res.writeStatus(`${statusCode} ${statusText}`.trim());
  response.writeHeaders(false);
}

/** The error that Node throws; upstream's has no code by which to know it. */
export function assertHeadUnsent({ headersSent }: UpstreamResponse): void {
  if (!headersSent) return;
  throw Object.assign(new Error("Cannot set headers after they are sent to the client"), {
    code: "ERR_HTTP_HEADERS_SENT",
  });
}

/** Whether the client expects no body, whatever the handler gives. */
export function hasNoBody({ req, statusCode }: UpstreamResponse): boolean {
  return req.method === "HEAD" || statusCode === 204 || statusCode === 304;
}

/**
 * Ends a response that has no body. The length goes as a header: given to the method itself, it leaves
 * the response undone in the binary, which then drops the connection at the next request.
 */
export function endEmpty({ _res: native }: UpstreamResponse, length: number | undefined): void {
  if (length !== undefined) native.writeHeader("content-length", String(length));
  native.endWithoutBody();
}
