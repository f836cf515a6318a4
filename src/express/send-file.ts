import type { Readable } from "node:stream";

import type { UpstreamResponse } from "./upstream.ts";

type Done = (error?: unknown) => void;

/** What `sendFile` sets before it has opened the file. */
const FILE_HEADERS = [
  "accept-ranges",
  "cache-control",
  "content-length",
  "content-range",
  "content-type",
  "etag",
  "last-modified",
];

/**
 * Repairs `sendFile`, and `download` and `static` above it: a file that cannot be read ends the process
 * upstream (nobody listens to the stream's error), a client that leaves keeps its descriptor open for
 * ever, and of streamed files nobody is told that they are out.
 *
 * @param send Upstream's method, with a callback for failures and, of small files, for success.
 */
export function watchFile(
  response: UpstreamResponse,
  callback: Done | undefined,
  send: (done: Done) => void,
): void {
  const { next } = response.req;
  let settled = false;
  const done: Done = (error) => {
    if (settled) return;
    settled = true;
    response.off("pipe", onPipe);
    if (error && !response.headersSent)
      for (const name of FILE_HEADERS) response.removeHeader(name);
    if (callback !== undefined) callback(error);
    else if (error && !isAbort(error)) next(error);
  };
  const onPipe = (source: Readable) => {
    source.once("error", done);
    response.once("close", () => {
      source.destroy();
      done(response.aborted ? abortError() : undefined);
    });
  };
  response.once("pipe", onPipe);
  send(done);
}

function abortError(): Error {
  return Object.assign(new Error("Request aborted"), { code: "ECONNABORTED" });
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ECONNABORTED";
}
