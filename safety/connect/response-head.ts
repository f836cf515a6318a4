import { isUtf8 } from "node:buffer";

/** A response head as Node's http writes it. */
export interface ResponseHead {
  readonly status: number;
  /** Such as `404 Not Found`. */
  readonly statusLine: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly contentLength: number | undefined;
  /** The application wants the connection to end with this response. */
  readonly isLast: boolean;
  /** Where the body begins. */
  readonly length: number;
}

/** Written by µWS, or by what stands before it; `date` µWS adds itself. */
const hopByHop = new Set(["connection", "keep-alive", "transfer-encoding", "date"]);

/** Longest head that is waited for, in bytes. */
const MAX_HEAD_BYTES = 1024 * 1024;

/**
 * Reads a head from what was written to the socket of a response.
 *
 * @returns `undefined` while it is not whole yet.
 * @throws {SyntaxError} When it is none.
 */
export function parseResponseHead(bytes: Buffer): ResponseHead | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end === -1) {
    if (bytes.length > MAX_HEAD_BYTES || !"HTTP/1.1 ".startsWith(bytes.toString("latin1", 0, 9))) {
      throw new SyntaxError("expected the head of an HTTP/1.1 response");
    }
    return undefined;
  }
  const [first = "", ...lines] = decode(bytes.subarray(0, end)).split("\r\n");
  const status = /^HTTP\/1\.1 (\d{3})(?: |$)/u.exec(first)?.[1];
  if (status === undefined) throw new SyntaxError("expected the head of an HTTP/1.1 response");
  const head = { contentLength: undefined as number | undefined, isLast: false };
  const headers: string[] = [];
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    const key = name.toLowerCase();
    if (key === "content-length") head.contentLength = Number(value);
    else if (key === "connection") head.isLast = /\bclose\b/iu.test(value);
    if (key !== "content-length" && !hopByHop.has(key)) headers.push(name, value);
  }
  return { ...head, headers, status: Number(status), statusLine: first.slice(9), length: end + 4 };
}

/** Node writes a head in the encoding of the text that follows it, else in Latin-1. */
function decode(head: Buffer): string {
  return head.toString(isUtf8(head) ? "utf8" : "latin1");
}
