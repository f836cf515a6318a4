import type { Socket } from "node:net";

/** How much more of what the client sends is read, and for how long, so that it sees the answer. */
const MAX_DISCARDED_BYTES = 1_048_576;
const MAX_LINGER_MS = 2_000;

/** After which a client refused for lack of a worker may ask again. */
const RETRY_AFTER_SECONDS = 1;

/** The refusals that the primary itself sends. */
export type RefusalStatus = 400 | 408 | 431 | 503;

const REASONS: Readonly<Record<RefusalStatus | 200, string>> = {
  200: "OK",
  400: "Bad Request",
  408: "Request Timeout",
  431: "Request Header Fields Too Large",
  503: "Service Unavailable",
};

export interface ResponseOptions {
  /** Sent as text. @default the status's reason phrase */
  readonly body?: string | undefined;
  /** Whether the request was a `HEAD`: only the length of the body is sent. @default false */
  readonly isHead?: boolean | undefined;
}

/**
 * Answers, then closes. What the client still sends is read and thrown away for a while: closing a
 * socket with unread bytes resets it, and the client would lose the answer.
 */
export function respondAndClose(
  socket: Socket,
  status: RefusalStatus | 200,
  options?: ResponseOptions,
): void {
  let discarded = 0;
  const timer = setTimeout(() => socket.destroy(), MAX_LINGER_MS);
  socket.removeAllListeners("data");
  socket.on("data", (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > MAX_DISCARDED_BYTES) socket.destroy();
  });
  socket.once("end", () => socket.destroySoon());
  socket.once("close", () => clearTimeout(timer));
  socket.end(formatResponse(status, options));
  socket.resume();
}

/** A complete response. */
function formatResponse(
  status: RefusalStatus | 200,
  { body = REASONS[status], isHead = false }: ResponseOptions = {},
): string {
  const lines = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    `Date: ${new Date().toUTCString()}`,
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(status === 503 ? [`Retry-After: ${RETRY_AFTER_SECONDS}`] : []),
    "Connection: close",
  ];
  return `${lines.join("\r\n")}\r\n\r\n${isHead ? "" : body}`;
}
