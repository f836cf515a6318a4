import { resolve } from "node:path";
import type { Exchange } from "../exchange/exchange.ts";
import { answerStatus } from "../handlers/answer-error.ts";
import type { SafeRequest } from "../request/safe-request.ts";
import { addHeader } from "../response/head.ts";
import { exchangeOf, type SafeResponse } from "../response/safe-response.ts";
import { FileService } from "./file-service.ts";
import {
  checkDirectory,
  resolveStaticOptions,
  type StaticConfig,
  type StaticOptions,
} from "./options.ts";
import { precompress } from "./precompress.ts";
import { prefixOf, stripPrefix, toPrefix } from "./prefix.ts";
import { redirectToDirectory } from "./redirect.ts";
import { resolvePath, type PathRefusal } from "./resolve-path.ts";

/** The files of a directory, as a handler. */
export class StaticSite {
  readonly #root: string;
  readonly #config: StaticConfig;
  readonly #files: FileService;
  /** By the route's pattern, because one site may be registered under several. */
  readonly #prefixes = new Map<string | undefined, string>();

  /** @throws {TypeError} When there is no such directory, or an option is wrong. */
  constructor(directory: string, options: StaticOptions) {
    this.#config = resolveStaticOptions(options);
    checkDirectory(directory);
    this.#root = resolve(directory);
    this.#files = new FileService({
      ...this.#config,
      directory: this.#root,
      confined: true,
      compress: this.#config.precompress !== false,
    });
  }

  /** Encodes the files that fit in memory, if that is wanted from the start. Ends early at `signal`. */
  async start(signal: AbortSignal): Promise<void> {
    const { precompress: when, memory, dotfiles } = this.#config;
    if (when !== "start" || memory === false) return;
    const { maxBytes } = memory;
    await precompress(this.#files.cache, { directory: this.#root, dotfiles, maxBytes, signal });
  }

  handle(res: SafeResponse, req: SafeRequest): unknown {
    const exchange = exchangeOf(res);
    const { method } = exchange;
    if (method !== "get" && method !== "head") return refuseMethod(exchange);
    const path = this.#findPath(exchange, req.getUrl());
    if (path === 301) return redirect(exchange, req);
    if (typeof path === "number") return this.#refuse(path, res, req);
    const answer = this.#files.answer(exchange, path);
    return answer?.then((problem) => {
      if (problem === undefined || exchange.done) return undefined;
      if (problem === "missing" || this.#config.index === false) return this.#refuse(404, res, req);
      return redirect(exchange, req);
    });
  }

  /** The file that a URL names, or why there is none; 301: it needs a slash at its end. */
  #findPath(exchange: Exchange, urlPath: string): string | PathRefusal | 301 {
    const { index, dotfiles } = this.#config;
    const prefix = this.#prefixFor(exchange.site.route.pattern);
    const inner = stripPrefix(urlPath, prefix);
    if (inner === undefined) return index !== false && `${urlPath}/` === prefix ? 301 : 404;
    const path = resolvePath(inner, dotfiles);
    if (typeof path === "number") return path;
    if (path !== "" && !path.endsWith("/")) return path;
    return index === false ? 404 : path + index;
  }

  #prefixFor(pattern: string | undefined): string {
    let prefix = this.#prefixes.get(pattern);
    if (prefix === undefined) {
      const { pathPrefix } = this.#config;
      prefix = pathPrefix === undefined ? prefixOf(pattern) : toPrefix(pathPrefix);
      this.#prefixes.set(pattern, prefix);
    }
    return prefix;
  }

  #refuse(status: PathRefusal, res: SafeResponse, req: SafeRequest): unknown {
    if (status === 404 && this.#config.notFound !== undefined) {
      return this.#config.notFound(res, req);
    }
    return answerStatus(exchangeOf(res), status);
  }
}

function redirect(exchange: Exchange, req: SafeRequest): void {
  redirectToDirectory(exchange, { urlPath: req.getUrl(), query: req.getQuery() });
}

function refuseMethod(exchange: Exchange): void {
  addHeader(exchange, "allow", "GET, HEAD");
  answerStatus(exchange, 405);
}
