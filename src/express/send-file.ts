import type { Readable } from "node:stream";

import type { UpstreamRequest, UpstreamResponse } from "./upstream.ts";

type Done = (error?: unknown) => void;

/** What `sendFile` and `download` set before they have opened the file. */
const FILE_HEADERS = [
  "accept-ranges",
  "cache-control",
  "content-disposition",
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
  const { req, statusCode } = response;
  const { next } = req;
  let settled = false;
  const done: Done = (error) => {
    if (settled) return;
    settled = true;
    response.off("pipe", onPipe);
    if (error instanceof Error && !response.headersSent) failed(response, error, statusCode);
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
  if (!mayRange(req)) delete req.headers["range"];
  send(done);
}

/** Upstream takes ranges of any unit for bytes, and answers to HEAD with one as it should to GET only. */
function mayRange({ method, headers }: UpstreamRequest): boolean {
  return method === "GET" && (headers["range"]?.startsWith("bytes=") ?? true);
}

/** Moves the status from the response to the error, where Express has it, with what belongs to it. */
function failed(
  response: UpstreamResponse,
  error: Error & { code?: string },
  statusBefore: number,
): void {
  const { statusCode, headers } = response;
  const found = statusCode === statusBefore ? statusOf(error) : statusCode;
  response.statusCode = statusBefore;
  const range = headers["content-range"];
  Object.assign(
    error,
    { status: found, statusCode: found },
    range && { headers: { "Content-Range": range } },
  );
  // At 412 and 416 the file is there, and so are its validators.
  if (found === 412 || found === 416) return;
  for (const name of FILE_HEADERS) response.removeHeader(name);
}

/** Of what the file system says. */
export function statusOf({ code = "" }: NodeJS.ErrnoException): number {
  return ["ENOENT", "ENOTDIR", "ENAMETOOLONG"].includes(code) ? 404 : 500;
}

function abortError(): Error {
  return Object.assign(new Error("Request aborted"), { code: "ECONNABORTED" });
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ECONNABORTED";
}
