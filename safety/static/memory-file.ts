import type { Stats } from "node:fs";
import createEtag from "etag";
import compressible from "compressible";
import { createCompressor, type Compressor } from "../compression/compressor.ts";
import { supportedCodings, type ContentCoding } from "../compression/negotiate.ts";
import { memoryContent, type Content } from "./content.ts";
import { describeRepresentation, mediaType, type Representation } from "./representation.ts";

/** A whole representation in memory. */
export interface MemoryRepresentation extends Representation {
  readonly bytes: Buffer;
  readonly content: Content;
}

/** Whether files of this name are usually worth compressing, by their extension. */
export function isCompressibleName(name: string): boolean {
  return compressible(mediaType(name)) === true;
}

/** Best first. Deflate is left out: whoever knows it knows gzip. */
export const fileCodings: readonly ContentCoding[] = supportedCodings.filter(
  (coding) => coding !== "deflate",
);

/** One packet: smaller files gain nothing. */
const MIN_COMPRESSED_BYTES = 1_400;

/** A client waits for the best level of a file of this size, which takes tenths of a second, but no longer. */
const MAX_AWAITED_BYTES = 128 * 1024;

/**
 * The best level keeps a thread busy for long, so one file at a time, beside the compression of answers. A
 * thousand waiting files are more than come up; what is refused stays as it is until it is read again.
 */
const compressor: Compressor = createCompressor({
  maxRunning: 1,
  maxWaiting: 1_000,
  maxStreams: 1,
});

export interface MemoryFileInput {
  readonly name: string;
  readonly stats: Stats;
  readonly bytes: Buffer;
  readonly cacheControl: string;
  readonly compress: boolean;
  /** The file takes more memory than before. */
  readonly onGrowth: () => void;
}

/** A small file: its content, as it is and in the encodings that clients have asked for. */
export class MemoryFile {
  readonly stats: Stats;
  readonly plain: MemoryRepresentation;
  /** Whether there are, or will be, encoded representations. */
  readonly isCompressible: boolean;
  /** When the file was last compared with the disk, on the clock of `performance.now()`. */
  checkedMs = 0;
  readonly #input: MemoryFileInput;
  /** `undefined`: encoded it is no smaller. */
  readonly #encoded = new Map<ContentCoding, MemoryRepresentation | undefined>();
  readonly #pending = new Map<ContentCoding, Promise<MemoryRepresentation | undefined>>();

  constructor(input: MemoryFileInput) {
    this.#input = input;
    this.stats = input.stats;
    this.isCompressible =
      input.compress &&
      input.bytes.length >= MIN_COMPRESSED_BYTES &&
      isCompressibleName(input.name);
    this.plain = this.#describe(input.bytes);
  }

  /** Memory that it takes, in bytes. */
  get bytes(): number {
    let bytes = this.plain.bytes.length;
    for (const encoded of this.#encoded.values()) bytes += encoded?.bytes.length ?? 0;
    return bytes;
  }

  /**
   * The file in this encoding, if that is smaller. A small file is waited for; a larger one is prepared
   * meanwhile, and served as it is until then.
   */
  encoded(
    coding: ContentCoding,
  ): MemoryRepresentation | undefined | Promise<MemoryRepresentation | undefined> {
    if (this.#encoded.has(coding)) return this.#encoded.get(coding);
    const pending = this.encode(coding);
    return this.plain.bytes.length <= MAX_AWAITED_BYTES ? pending : undefined;
  }

  /** Encodes the file, however long that takes; `undefined` if the result is no smaller. Never rejects. */
  encode(coding: ContentCoding): Promise<MemoryRepresentation | undefined> {
    const known = this.#pending.get(coding);
    if (known !== undefined) return known;
    const pending = this.#encode(coding);
    this.#pending.set(coding, pending);
    return pending;
  }

  async #encode(coding: ContentCoding): Promise<MemoryRepresentation | undefined> {
    // What cannot be encoded is served as it is.
    const bytes = await compressor.encode(this.plain.bytes, coding, "best").catch(() => undefined);
    const encoded = bytes && this.#describe(bytes, coding);
    this.#encoded.set(coding, encoded);
    if (encoded !== undefined) this.#input.onGrowth();
    return encoded;
  }

  #describe(bytes: Buffer, coding?: ContentCoding): MemoryRepresentation {
    const { name, stats, cacheControl } = this.#input;
    const sizeBytes = bytes.length;
    const etag = createEtag(bytes);
    const varies = this.isCompressible;
    return Object.assign(
      describeRepresentation({ name, stats, sizeBytes, etag, coding, varies, cacheControl }),
      { bytes, content: memoryContent(bytes) },
    );
  }
}
