import { basename, dirname, resolve } from "node:path";
import type { SafeHandlerFunction } from "../handlers/safe-handler.ts";
import type { SafeRequest } from "../request/safe-request.ts";
import { exchangeOf, type SafeResponse } from "../response/safe-response.ts";
import { FileService } from "./file-service.ts";
import { checkFile, resolveStaticOptions, type StaticOptions } from "./options.ts";
import { precompressFile } from "./precompress.ts";

/** One file, as a handler. It was named by the application, so it may be a link to anywhere. */
export class StaticFile {
  readonly #name: string;
  readonly #eager: boolean;
  readonly #files: FileService;
  readonly #notFound: SafeHandlerFunction;

  /** @throws {TypeError} When there is no such file, or an option is wrong. */
  constructor(file: string, options: StaticOptions & { readonly notFound: SafeHandlerFunction }) {
    const config = resolveStaticOptions(options);
    checkFile(file);
    const path = resolve(file);
    this.#name = basename(path);
    this.#eager = config.precompress === "start";
    this.#notFound = options.notFound;
    this.#files = new FileService({
      ...config,
      directory: dirname(path),
      confined: false,
      compress: config.precompress !== false,
    });
  }

  /** Encodes the file, if that is wanted from the start. */
  async start(signal: AbortSignal): Promise<void> {
    if (this.#eager) await precompressFile(this.#files.cache, this.#name, signal);
  }

  handle(res: SafeResponse, req: SafeRequest): unknown {
    const exchange = exchangeOf(res);
    const answer = this.#files.answer(exchange, this.#name);
    return answer?.then((problem) => {
      if (problem === undefined || exchange.done) return undefined;
      return this.#notFound(res, req);
    });
  }
}
