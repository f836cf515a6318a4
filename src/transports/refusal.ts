/** The answers that the primary itself gives. */
export type RefusalStatus = 400 | 408 | 431 | 503;

const REASONS: Readonly<Record<RefusalStatus | 200, string>> = {
  200: "OK",
  400: "Bad Request",
  408: "Request Timeout",
  431: "Request Header Fields Too Large",
  503: "Service Unavailable",
};

/** After which a client refused for lack of a worker may ask again. */
const RETRY_AFTER_SECONDS = 1;

/**
 * A complete response, after which the connection closes.
 *
 * @param body Sent as text; to a HEAD request only its length.
 */
export function formatResponse(
  status: RefusalStatus | 200,
  { body = REASONS[status], isHead = false }: { body?: string; isHead?: boolean } = {},
): Buffer {
  const lines = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    `Date: ${new Date().toUTCString()}`,
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(status === 503 ? [`Retry-After: ${RETRY_AFTER_SECONDS}`] : []),
    "Connection: close",
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${isHead ? "" : body}`);
}
