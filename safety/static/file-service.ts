import { posix } from "node:path";
import createEtag from "etag";
import type { Exchange } from "../exchange/exchange.ts";
import { answerFile } from "./answer-file.ts";
import { createCodingChoice } from "./choose-coding.ts";
import { handleContent } from "./content.ts";
import { FileCache, type FileCacheOptions } from "./file-cache.ts";
import type { MemoryFile, MemoryRepresentation } from "./memory-file.ts";
import { openFile } from "./open-file.ts";
import { cacheControlFor, describeRepresentation } from "./representation.ts";

/** What stands in the way of an answer. */
export type NoFile = "directory" | "missing";

/** Answers requests with the files of a directory. */
export class FileService {
  readonly cache: FileCache;
  readonly #options: FileCacheOptions;
  readonly #chooseCoding = createCodingChoice();

  constructor(options: FileCacheOptions) {
    this.#options = options;
    this.cache = new FileCache(options);
  }

  /**
   * Answers with the file at once where it is known, else when it has been read.
   *
   * @returns Why there was no answer, if there was none.
   */
  answer(exchange: Exchange, path: string): undefined | Promise<NoFile | undefined> {
    const file = this.cache.fresh(path);
    if (file === undefined) return this.#answerLater(exchange, path);
    const coding = this.#codingFor(exchange, file);
    const encoded = coding === undefined ? undefined : file.encoded(coding);
    if (encoded instanceof Promise) return this.#answerEncoded(exchange, file, encoded);
    const representation = encoded ?? file.plain;
    return answered(answerFile(exchange, representation, representation.content));
  }

  async #answerLater(exchange: Exchange, path: string): Promise<NoFile | undefined> {
    const file = await this.cache.load(path);
    if (exchange.done) return undefined;
    if (file === "large") return this.#answerFromDisk(exchange, path);
    if (typeof file === "string") return file;
    const coding = this.#codingFor(exchange, file);
    return this.#answerEncoded(exchange, file, coding && file.encoded(coding));
  }

  async #answerEncoded(
    exchange: Exchange,
    file: MemoryFile,
    encoded: MemoryRepresentation | undefined | Promise<MemoryRepresentation | undefined>,
  ): Promise<undefined> {
    const representation = (await encoded) ?? file.plain;
    if (!exchange.done) await answerFile(exchange, representation, representation.content);
    return undefined;
  }

  async #answerFromDisk(exchange: Exchange, path: string): Promise<NoFile | undefined> {
    const opened = await openFile(this.cache.locate(path));
    if (typeof opened === "string") return opened;
    const { handle, stats } = opened;
    // Whatever happens to the answer, this is where the descriptor goes.
    exchange.onFinished(() => void handle.close().catch(() => {}));
    if (exchange.done) return undefined;
    const representation = describeRepresentation({
      name: posix.basename(path),
      stats,
      sizeBytes: stats.size,
      etag: createEtag(stats, { weak: false }),
      varies: false,
      cacheControl: cacheControlFor(path, this.#options),
    });
    await answerFile(exchange, representation, handleContent(handle));
    return undefined;
  }

  /** A part is always one of the file as it is. */
  #codingFor(exchange: Exchange, file: MemoryFile) {
    if (!file.isCompressible || exchange.requestHeader("range") !== "") return undefined;
    return this.#chooseCoding(exchange.requestHeader("accept-encoding"));
  }
}

/** Several ranges are sent as a stream, anything else from memory at once. */
function answered(sending: void | Promise<void>): undefined | Promise<undefined> {
  return sending?.then(() => undefined);
}
