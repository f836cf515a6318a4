import { pipeline, Readable, type Transform } from "node:stream";
import { sharedCompressor } from "../compression/compressor.ts";
import type { ContentCoding } from "../compression/negotiate.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { toBody, toBytes } from "./body.ts";
import { isBodiless } from "./head.ts";
import { chooseEncoding, noteEncoding } from "./encoding.ts";
import { noteHead, type SendOptions } from "./send.ts";
import { checkSource, createChunkReader, type Chunk, type ChunkReader } from "./chunk-reader.ts";
import { Writability } from "./writability.ts";
import { end, endWithoutBody, tryEnd, write } from "./write.ts";

/** A Node stream, a web stream, or anything that can be iterated for text or bytes. */
export type StreamSource =
  | Readable
  | ReadableStream<Chunk>
  | AsyncIterable<Chunk>
  | Iterable<Chunk>;

export interface StreamOptions extends SendOptions {
  /** Length of the whole body in bytes, when it is known. Without it the body is sent in chunks. */
  readonly size?: number | undefined;
}

/** Resolves when the answer is complete or the client has gone; an error of the source goes to the site. */
export async function stream(
  exchange: Exchange,
  source: StreamSource,
  options: StreamOptions,
): Promise<void> {
  try {
    checkSource(source);
    if (exchange.done) {
      exchange.misused("stream");
      return createChunkReader(source).cancel();
    }
    exchange.promised = true;
    noteHead(exchange, options, "application/octet-stream");
    await streamBody(exchange, source, options.size);
  } catch (error) {
    exchange.site.fail(exchange, error);
  }
}

/** Sends the body behind the head that has been noted. Rejects with the error of the source. */
export async function streamBody(
  exchange: Exchange,
  source: StreamSource,
  size: number | undefined,
): Promise<void> {
  const coding = chooseEncoding(exchange, size);
  if (isBodiless(exchange)) {
    createChunkReader(source).cancel();
    return sendHeadOnly(exchange, size, coding);
  }
  const encoder = coding && openEncoder(exchange, size, coding);
  const reader = encoder === undefined ? createChunkReader(source) : encode(source, encoder);
  // Also when the client goes away or the deadline passes: nobody reads the source any more.
  exchange.onFinished(() => reader.cancel());
  try {
    if (size === undefined || encoder !== undefined) await sendChunks(exchange, reader);
    else await sendSized(exchange, reader, size);
  } catch (error) {
    // A source that was cancelled because the client had left often fails because of that.
    if (exchange.phase !== "aborted") throw error;
  }
}

/** A source without a size may be a slow one. */
function openEncoder(
  exchange: Exchange,
  size: number | undefined,
  coding: ContentCoding,
): Transform | undefined {
  const encoder = sharedCompressor.openStream(coding, size === undefined);
  if (encoder !== undefined) noteEncoding(exchange, coding);
  return encoder;
}

/** An error on either side destroys both, and comes out of the reader. */
function encode(source: StreamSource, encoder: Transform): ChunkReader {
  const reader = createChunkReader(encoder);
  try {
    pipeline(toPipelineSource(source), encoder, () => {});
  } catch (error) {
    encoder.destroy();
    throw error;
  }
  return reader;
}

/** A pipeline takes a string for letters, and leaves a web stream waiting for its next chunk when it is destroyed. */
function toPipelineSource(source: StreamSource): Exclude<StreamSource, ReadableStream> {
  if (typeof source === "string") return [source];
  return source instanceof ReadableStream ? Readable.fromWeb(source) : source;
}

/** As for a `GET`; nobody knows how long an encoded body would have been. */
function sendHeadOnly(
  exchange: Exchange,
  size: number | undefined,
  coding: ContentCoding | undefined,
): void {
  if (coding !== undefined) noteEncoding(exchange, coding);
  const length = exchange.isHead && coding === undefined ? size : undefined;
  endWithoutBody(exchange, length, false);
}

async function sendChunks(exchange: Exchange, reader: ChunkReader): Promise<void> {
  const writable = new Writability(exchange);
  for (;;) {
    const chunk = await reader.read();
    if (exchange.done) return;
    if (chunk === undefined) return end(exchange, undefined, false);
    const bytes = toBytes(toBody("stream", chunk));
    if (bytes.length > 0 && !write(exchange, bytes)) await writable.next();
    if (exchange.done) return;
  }
}

async function sendSized(exchange: Exchange, reader: ChunkReader, size: number): Promise<void> {
  if (size === 0) return end(exchange, undefined, false);
  const writable = new Writability(exchange);
  let sent = 0;
  while (!exchange.done) {
    const chunk = await reader.read();
    if (exchange.done) return;
    if (chunk === undefined) throw new Error(`Expected a stream of ${size} bytes, got ${sent}`);
    const bytes = toBytes(toBody("stream", chunk));
    if (sent + bytes.length > size) {
      throw new Error(`Expected a stream of ${size} bytes, got more`);
    }
    await sendAll(exchange, { bytes, size, offset: sent, writable });
    sent += bytes.length;
  }
}

interface SizedChunk {
  readonly bytes: Uint8Array;
  readonly size: number;
  /** Of this chunk in the whole body. */
  readonly offset: number;
  readonly writable: Writability;
}

/** What the socket does not take at once is offered again, and nothing is queued in between. */
async function sendAll(exchange: Exchange, chunk: SizedChunk): Promise<void> {
  let rest = chunk.bytes;
  while (!exchange.done && rest.length > 0) {
    const [taken] = tryEnd(exchange, rest, chunk.size);
    if (taken || exchange.done) return;
    await chunk.writable.next();
    if (exchange.done) return;
    rest = chunk.bytes.subarray(exchange.raw.getWriteOffset() - chunk.offset);
  }
}
