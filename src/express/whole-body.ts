import type { UpstreamResponse } from "./upstream.ts";
import { endEmpty, hasNoBody, writeHead } from "./write-head.ts";

export type Body = string | Uint8Array;

/** Upstream keeps these where the answer has become one without a body. */
const OF_THE_BODY = ["content-length", "content-type", "transfer-encoding"];

/**
 * Repairs what `send` leaves to `end`: Express sets length and ETag there, so that what comes in between
 * sees them (sessions, compression, loggers), and only there, so that the answer to an error has no ETag.
 *
 * @returns What is left of the body to end the response with.
 */
export function prepareBody(response: UpstreamResponse, body: Body): Body | undefined {
  const { headers, req, app } = response;
  setType(headers, body);
  headers["content-length"] = String(Buffer.byteLength(body));
  const etag = app.get("etag fn") as ((body: Body) => string | undefined) | undefined;
  if (etag !== undefined && !headers["etag"] && !req.noEtag) headers["etag"] = etag(body);
  return withoutStaleBody(response, body);
}

/** 304 where the client has the same already; no headers of a body where there is none. */
export function withoutStaleBody(
  response: UpstreamResponse,
  body: Body | undefined,
): Body | undefined {
  const { headers, req } = response;
  if (req.fresh) response.statusCode = 304;
  const { statusCode } = response;
  if (statusCode === 204 || statusCode === 304) {
    for (const name of OF_THE_BODY) delete headers[name];
    return undefined;
  }
  if (statusCode === 205) {
    headers["content-length"] = "0";
    return undefined;
  }
  return req.method === "HEAD" ? undefined : body;
}

function setType(headers: UpstreamResponse["headers"], body: Body): void {
  const type = headers["content-type"];
  if (typeof body !== "string") headers["content-type"] ??= "application/octet-stream";
  else if (type === undefined) headers["content-type"] = "text/html; charset=utf-8";
  else if (!type.includes(";")) headers["content-type"] = `${String(type)}; charset=utf-8`;
}

/**
 * What `end` was given, as the binary takes it. Upstream takes no notice of the encoding of a string.
 *
 * @throws {TypeError} Before anything is sent: the binary would throw with the head already out.
 */
export function toBody(chunk: unknown, encoding: unknown): Body | undefined {
  if (typeof chunk === "string") {
    const isUtf8 = typeof encoding !== "string" || /^utf-?8$/i.test(encoding);
    return isUtf8 ? chunk : Buffer.from(chunk, encoding as BufferEncoding);
  }
  if (chunk === undefined || chunk === null || chunk instanceof Uint8Array)
    return chunk ?? undefined;
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  throw new TypeError(`Expected a string, a Buffer or a Uint8Array, got ${typeof chunk}`);
}

/** Ends a response of which nothing is out. Upstream copies every buffer, and answers 204 and 304 with a length of 0. */
export function endWhole(response: UpstreamResponse, body: Body | undefined): void {
  response._res.cork(() => {
    writeHead(response);
    response.finished = true;
    response.req.discardBody();
    if (hasNoBody(response)) endEmpty(response, lengthOf(response, body));
    else response._res.end(body);
  });
}

function lengthOf({ headers }: UpstreamResponse, body: Body | undefined): number | undefined {
  const length = headers["content-length"];
  if (length !== undefined) return Number(length);
  return body === undefined ? undefined : Buffer.byteLength(body);
}
