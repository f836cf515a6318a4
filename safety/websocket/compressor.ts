import { promisify } from "node:util";
import { brotliCompress, brotliCompressSync, constants, type BrotliOptions } from "node:zlib";
import type { RecognizedString } from "../uws-types.ts";
import { brotliFrame, plainFrame, type Frame } from "./frame.ts";

/** Above it a compression would hold up the event loop for more than about half a millisecond. */
const OFF_LOOP_BYTES = 64 * 1024;

/** Of JSON it leaves about as much as the default 11, in a hundredth of the time. */
const QUALITY = 4;

const brotliInPool = promisify(brotliCompress);

export function isBig(bytes: number): boolean {
  return bytes > OFF_LOOP_BYTES;
}

/** Compresses now, on this thread. */
export function compressNow(message: string | Uint8Array, isBinary: boolean): Frame {
  const bytes = typeof message === "string" ? Buffer.from(message) : message;
  return smaller(brotliCompressSync(bytes, optionsFor(bytes, isBinary)), message, isBinary);
}

/** Compresses in the thread pool. The message must not change meanwhile; never rejects. */
export async function compressInPool(
  message: string | Uint8Array,
  isBinary: boolean,
): Promise<Frame> {
  const bytes = typeof message === "string" ? Buffer.from(message) : message;
  try {
    return smaller(await brotliInPool(bytes, optionsFor(bytes, isBinary)), message, isBinary);
  } catch {
    return plainFrame(message, isBinary); // Out of memory in zlib: uncompressed is still correct.
  }
}

function smaller(compressed: Uint8Array, message: string | Uint8Array, isBinary: boolean): Frame {
  return compressed.byteLength < byteLengthOf(message)
    ? brotliFrame(compressed, isBinary)
    : plainFrame(message, isBinary);
}

function optionsFor(bytes: Uint8Array, isBinary: boolean): BrotliOptions {
  return {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: QUALITY,
      [constants.BROTLI_PARAM_MODE]: isBinary
        ? constants.BROTLI_MODE_GENERIC
        : constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength,
    },
  };
}

export function byteLengthOf(message: string | Uint8Array): number {
  return typeof message === "string" ? Buffer.byteLength(message) : message.byteLength;
}

/** Whether the message has at least `threshold` bytes; counts them only where the length leaves a doubt. */
export function reaches(message: RecognizedString, threshold: number): boolean {
  if (typeof message !== "string") return message.byteLength >= threshold;
  if (message.length >= threshold) return true;
  // No UTF-16 unit takes more than three bytes of UTF-8.
  return message.length * 3 >= threshold && Buffer.byteLength(message) >= threshold;
}
