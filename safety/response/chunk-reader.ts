import { Readable } from "node:stream";
import { SafetyError } from "../errors.ts";
import type { StreamSource } from "./stream.ts";

export type Chunk = string | Uint8Array;

/** @throws {SafetyError} `ERR_ROLLCAGE_RESPONSE_MISUSED` for what cannot be read, such as the body of an empty `fetch`. */
export function checkSource(source: unknown): void {
  if (typeof source === "string") return;
  if (typeof source === "object" && source !== null) {
    if (Symbol.asyncIterator in source || Symbol.iterator in source) return;
  }
  throw new SafetyError("ERR_ROLLCAGE_RESPONSE_MISUSED", {
    call: "stream()",
    problem: `expected a stream, or what can be iterated, got ${source === null ? "null" : typeof source}`,
  });
}

/** One way to read every kind of source. */
export interface ChunkReader {
  /** The next chunk; `undefined` at the end. */
  read(): Promise<Chunk | undefined>;
  /** Frees the source, also while a read is pending. May be called at any time, any number of times. */
  cancel(): void;
}

export function createChunkReader(source: StreamSource): ChunkReader {
  if (source instanceof Readable) return fromReadable(source);
  if (source instanceof ReadableStream) return fromWebStream(source);
  return fromIterator(iterate(source));
}

function fromReadable(source: Readable): ChunkReader {
  // Errors come out of the iterator; without a listener a late one would end the process.
  source.on("error", () => {});
  const chunks = fromIterator(source.iterator());
  return { read: () => chunks.read(), cancel: () => void source.destroy() };
}

function fromWebStream(source: ReadableStream<Chunk>): ChunkReader {
  const reader = source.getReader();
  return {
    read: async () => (await reader.read()).value,
    cancel: () => void reader.cancel().catch(() => {}), // Errors of a source that nobody reads.
  };
}

function fromIterator(iterator: AsyncIterator<Chunk> | Iterator<Chunk>): ChunkReader {
  let over = false;
  return {
    async read() {
      const result = await iterator.next();
      if (result.done !== true) return result.value;
      over = true;
      return undefined;
    },
    cancel() {
      if (over) return;
      over = true;
      void Promise.resolve(iterator.return?.()).catch(() => {}); // Errors of a source that nobody reads.
    },
  };
}

function iterate(
  source: AsyncIterable<Chunk> | Iterable<Chunk>,
): AsyncIterator<Chunk> | Iterator<Chunk> {
  // A string can be iterated, but letter by letter.
  if (typeof source === "string") return [source][Symbol.iterator]();
  if (Symbol.asyncIterator in source) return source[Symbol.asyncIterator]();
  return source[Symbol.iterator]();
}
