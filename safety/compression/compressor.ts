import type { Transform } from "node:stream";
import { codecs, type CompressionEffort } from "./codecs.ts";
import type { ContentCoding } from "./negotiate.ts";

/** Larger bodies are encoded in the thread pool: 64 KiB keep the event loop for about a millisecond. */
export const MAX_BYTES_ON_LOOP: number = 64 * 1024;

export interface CompressorLimits {
  /** Bodies that are encoded at the same time; the thread pool has four threads, for files and DNS too. */
  readonly maxRunning: number;
  /** Bodies that wait their turn. Beyond it nobody waits: the body stays as it is. */
  readonly maxWaiting: number;
  /** Streams that are encoded at the same time; each holds a window of its own. */
  readonly maxStreams: number;
}

/** Encodes bodies with a bound on how much happens at once. All that it refuses can be sent as it is. */
export interface Compressor {
  /** On the event loop. `undefined`: encoded it would be no smaller. */
  encodeNow(body: Uint8Array, coding: ContentCoding): Buffer | undefined;
  /** Off the event loop. `undefined`: no smaller, or too much is waiting already. */
  encode(
    body: Uint8Array,
    coding: ContentCoding,
    effort?: CompressionEffort,
  ): Promise<Buffer | undefined>;
  /** An encoding stream. `undefined`: too many are open. */
  openStream(coding: ContentCoding, flushing: boolean): Transform | undefined;
}

const defaultLimits: CompressorLimits = { maxRunning: 2, maxWaiting: 64, maxStreams: 64 };

export function createCompressor(limits: CompressorLimits = defaultLimits): Compressor {
  const waiting: (() => void)[] = [];
  let running = 0;
  let streams = 0;
  return {
    encodeNow: (body, coding) => smaller(codecs[coding].encodeNow(body, "fast"), body),
    async encode(body, coding, effort = "fast") {
      if (running >= limits.maxRunning) {
        if (waiting.length >= limits.maxWaiting) return undefined;
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
        });
      } else {
        running++;
      }
      try {
        return smaller(await codecs[coding].encode(body, effort), body);
      } finally {
        // The next one takes this place over; only the last gives it back.
        const next = waiting.shift();
        if (next === undefined) running--;
        else next();
      }
    },
    openStream(coding, flushing) {
      if (streams >= limits.maxStreams) return undefined;
      streams++;
      const stream = codecs[coding].createStream(flushing);
      stream.once("close", () => {
        streams--;
      });
      return stream;
    },
  };
}

/** One for the process: it is the thread pool of the process that it guards. */
export const sharedCompressor: Compressor = createCompressor();

function smaller(encoded: Buffer, body: Uint8Array): Buffer | undefined {
  return encoded.length < body.length ? encoded : undefined;
}
