import { brotliDecompressSync } from "node:zlib";

// The server's half of `rollcage.br.1`: a text frame is the message itself, a binary frame begins with one of these.
const BINARY = 0;
const BROTLI_TEXT = 1;
const BROTLI_BINARY = 2;

/** A message as µWS takes it. */
export interface Frame {
  readonly data: string | Uint8Array;
  readonly isBinary: boolean;
}

/** The frame of a message that is sent as it is. */
export function plainFrame(message: string | Uint8Array, isBinary: boolean): Frame {
  if (!isBinary) return { data: message, isBinary };
  return {
    data: prefixed(BINARY, typeof message === "string" ? Buffer.from(message) : message),
    isBinary,
  };
}

export function brotliFrame(compressed: Uint8Array, isBinary: boolean): Frame {
  return { data: prefixed(isBinary ? BROTLI_BINARY : BROTLI_TEXT, compressed), isBinary: true };
}

/** The message inside a binary frame of ours. */
export function unframe(frame: Uint8Array): { data: ArrayBuffer; isBinary: boolean } {
  const payload = frame.slice(1);
  const isPlain = frame[0] === BINARY;
  return {
    data: isPlain ? payload.buffer : new Uint8Array(brotliDecompressSync(payload)).buffer,
    isBinary: frame[0] !== BROTLI_TEXT,
  };
}

function prefixed(kind: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(payload.byteLength + 1);
  frame[0] = kind;
  frame.set(payload, 1);
  return frame;
}
