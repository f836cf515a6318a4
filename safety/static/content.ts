import { randomBytes } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import type { Exchange } from "../exchange/exchange.ts";
import { addHeader, replaceHeader } from "../response/head.ts";
import { stream } from "../response/stream.ts";
import { end } from "../response/write.ts";
import type { ByteRange } from "./range.ts";

/** Where the bytes of an answer come from. */
export interface Content {
  /** Sends the bytes of `range`. */
  send(exchange: Exchange, range: ByteRange): void | Promise<void>;
  /** Yields the bytes of `range`. */
  read(range: ByteRange): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export function memoryContent(bytes: Buffer): Content {
  const part = ({ start, end: last }: ByteRange) =>
    start === 0 && last === bytes.length - 1 ? bytes : bytes.subarray(start, last + 1);
  return {
    send: (exchange, range) => end(exchange, part(range), false),
    read: (range) => [part(range)],
  };
}

/** What is read at once, in bytes; each download in progress holds as much. */
const CHUNK_BYTES = 256 * 1024;

/** The handle stays the caller's: it must be open until the exchange is over. */
export function handleContent(handle: FileHandle): Content {
  const read = (range: ByteRange) => readRange(handle, range);
  return {
    send(exchange, range) {
      const size = range.end - range.start + 1;
      if (size === 0) return end(exchange, undefined, false);
      return stream(exchange, read(range), { size });
    },
    read,
  };
}

/** Yields the same memory again and again: a body of known size is sent whole before more is asked for. */
async function* readRange(handle: FileHandle, range: ByteRange): AsyncIterable<Uint8Array> {
  let left = range.end - range.start + 1;
  const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, left));
  while (left > 0) {
    const position = range.end + 1 - left;
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, left), position);
    if (bytesRead === 0) return; // Cut off meanwhile; whoever sends it sees that bytes are missing.
    left -= bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Cannot be guessed, so nobody can put it into a file. */
const boundary = `rollcage-${randomBytes(16).toString("hex")}`;
const closing = Buffer.from(`\r\n--${boundary}--\r\n`);

/** Several ranges in one answer (RFC 9110 section 14.6). */
export function sendParts(
  exchange: Exchange,
  content: Content,
  {
    ranges,
    sizeBytes,
    type,
  }: {
    readonly ranges: readonly ByteRange[];
    readonly sizeBytes: number;
    readonly type: string;
  },
): Promise<void> {
  replaceHeader(exchange, "content-type", `multipart/byteranges; boundary=${boundary}`);
  const parts = ranges.map((range) => ({
    range,
    head: Buffer.from(
      `\r\n--${boundary}\r\ncontent-type: ${type}\r\ncontent-range: ${contentRange(range, sizeBytes)}\r\n\r\n`,
    ),
  }));
  let size = closing.length;
  for (const { head, range } of parts) size += head.length + range.end - range.start + 1;
  async function* body(): AsyncIterable<Uint8Array> {
    for (const { head, range } of parts) {
      yield head;
      yield* content.read(range);
    }
    yield closing;
  }
  return stream(exchange, body(), { size });
}

export function addContentRange(exchange: Exchange, range: ByteRange, sizeBytes: number): void {
  addHeader(exchange, "content-range", contentRange(range, sizeBytes));
}

function contentRange({ start, end: last }: ByteRange, sizeBytes: number): string {
  return `bytes ${start}-${last}/${sizeBytes}`;
}
