import type { IncomingMessage, ServerResponse } from "node:http";

import type { HttpRequest, HttpResponse } from "uWebSockets.js";

const BODY = "Service Unavailable";
const TYPE = "text/plain; charset=utf-8";
const RETRY_AFTER_SECONDS = "1";

/** What a handler may have set for the answer that it did not give. */
const OF_THE_BODY = /^(?:content-|transfer-encoding$|etag$|last-modified$|cache-control$|expires$)/;

/** Methods through which handlers answer. Middleware wraps some of them, which may wait, too. */
const ANSWERING = [
  "appendHeader",
  "end",
  "flushHeaders",
  "removeHeader",
  "send",
  "sendFile",
  "setHeader",
  "setHeaders",
  "write",
  "writeHead",
] as const;

type Answering = Partial<Record<(typeof ANSWERING)[number], unknown>>;

/** Answers 503 before a request has been made of it. */
export function refuseNative(response: HttpResponse, request: HttpRequest): void {
  response
    .writeStatus("503 Service Unavailable")
    .writeHeader("Retry-After", RETRY_AFTER_SECONDS)
    .writeHeader("Content-Type", TYPE);
  if (request.getMethod() === "head") response.endWithoutBody(BODY.length);
  else response.end(BODY);
}

/**
 * Answers 400, and closes, before a request has been made of what may end elsewhere for others. Not at once: what
 * follows in the same segment would be served behind the answer; while none is out, it costs the connection.
 */
export function refuseFraming(response: HttpResponse): void {
  let open = true;
  response.onAborted(() => (open = false));
  setImmediate(() => {
    if (!open) return;
    response.cork(() => {
      response
        .writeStatus("400 Bad Request")
        .writeHeader("Connection", "close")
        .writeHeader("Content-Type", TYPE)
        .end("Bad Request", true);
    });
  });
}

/** Answers 503 in place of a handler, whose own answer, should it still come, is ignored. */
export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  { retry }: { retry: boolean },
): void {
  const own: Answering = response;
  for (const name of ANSWERING) delete own[name];
  for (const name of Object.keys(response.getHeaders())) {
    if (OF_THE_BODY.test(name)) response.removeHeader(name);
  }
  Object.assign(request, { noEtag: true });
  response.statusCode = 503;
  if (retry) response.setHeader("Retry-After", RETRY_AFTER_SECONDS);
  response.setHeader("Content-Type", TYPE);
  response.end(BODY);
  for (const name of ANSWERING) own[name] = () => response;
}
