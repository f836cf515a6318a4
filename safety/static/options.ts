import { statSync } from "node:fs";
import { createOptionCheck, type OptionRule } from "../handlers/option-rules.ts";
import type { SafeHandlerFunction } from "../handlers/safe-handler.ts";
import type { DotfilePolicy } from "./resolve-path.ts";

export interface StaticMemoryOptions {
  /**
   * Memory for contents, encoded ones included, in bytes and for each process. What has not been asked for
   * the longest goes first.
   *
   * @default 67_108_864 (64 MiB)
   */
  readonly maxBytes?: number | undefined;
  /**
   * Largest file that is kept, in bytes. Larger ones are streamed, and never compressed.
   *
   * @default 1_048_576 (1 MiB)
   */
  readonly maxFileBytes?: number | undefined;
}

export interface StaticOptions {
  /**
   * Beginning of the URL path that stands for the directory.
   *
   * @default what the route's pattern has before its first `*` or `:`; `/` where nobody knows the pattern
   */
  readonly pathPrefix?: string | undefined;
  /** Name of the file that answers for its directory. @default "index.html" */
  readonly index?: string | false | undefined;
  /** Names that begin with a dot: 404, 403, or served like others. @default "ignore" (404) */
  readonly dotfiles?: DotfilePolicy | undefined;
  /** How long clients need not ask again, in seconds. @default 0 */
  readonly maxAgeSeconds?: number | undefined;
  /**
   * Let clients keep files whose names carry a hash of the content for a year, without asking.
   *
   * @default true
   */
  readonly immutable?: boolean | undefined;
  /**
   * Keep small files in memory; `false`: stream every file from disk.
   *
   * @default {} (each limit has its own default)
   */
  readonly memory?: StaticMemoryOptions | false | undefined;
  /**
   * Keep compressible files in memory also as brotli, zstd and gzip, at the best level: made one by one from
   * the start, or each when first asked for. Without memory there is none.
   *
   * @default "first-use"
   */
  readonly precompress?: "start" | "first-use" | false | undefined;
  /** Answers what there is no file for, such as with the page of a single-page app. @default 404 */
  readonly notFound?: SafeHandlerFunction | undefined;
}

/** {@link StaticOptions}, resolved. */
export interface StaticConfig {
  readonly pathPrefix: string | undefined;
  readonly index: string | false;
  readonly dotfiles: DotfilePolicy;
  readonly maxAgeSeconds: number;
  readonly immutable: boolean;
  readonly memory: { readonly maxBytes: number; readonly maxFileBytes: number } | false;
  readonly precompress: "start" | "first-use" | false;
  readonly notFound: SafeHandlerFunction | undefined;
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

const checkOptions = createOptionCheck<StaticOptions>("static options", {
  pathPrefix: { fits: (value) => typeof value === "string", expected: "a path" },
  index: {
    fits: (value) => value === false || (typeof value === "string" && /^[^/\\]+$/u.test(value)),
    expected: "the name of a file, or false",
  },
  dotfiles: oneOf("ignore", "deny", "allow"),
  maxAgeSeconds: { fits: isCount, expected: "a whole number of seconds" },
  immutable: oneOf(true, false),
  memory: {
    fits: (value) => value === false || isMemory(value),
    expected: "{ maxBytes, maxFileBytes } in whole bytes, or false",
  },
  precompress: oneOf("start", "first-use", false),
  notFound: { fits: (value) => typeof value === "function", expected: "a function" },
});

/** @throws {TypeError} Names every option that is wrong. */
export function resolveStaticOptions(options: StaticOptions): StaticConfig {
  checkOptions(options);
  const { memory = {} } = options;
  return {
    pathPrefix: options.pathPrefix,
    index: options.index ?? "index.html",
    dotfiles: options.dotfiles ?? "ignore",
    maxAgeSeconds: options.maxAgeSeconds ?? 0,
    immutable: options.immutable ?? true,
    memory: memory !== false && {
      maxBytes: memory.maxBytes ?? 64 * 1024 * 1024,
      maxFileBytes: memory.maxFileBytes ?? 1024 * 1024,
    },
    precompress: memory !== false && (options.precompress ?? "first-use"),
    notFound: options.notFound,
  };
}

/** @throws {TypeError} When there is no such directory, so that a typing error shows at the start. */
export function checkDirectory(directory: string): void {
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    throw new TypeError(`Expected a directory to serve, got ${JSON.stringify(directory)}`);
  }
}

/** @throws {TypeError} As {@link checkDirectory}. */
export function checkFile(file: string): void {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new TypeError(`Expected a file to serve, got ${JSON.stringify(file)}`);
  }
}

function oneOf(...allowed: readonly unknown[]): OptionRule {
  const expected = allowed.map((value) => JSON.stringify(value)).join(" or ");
  return { fits: (value) => allowed.includes(value), expected };
}

function isMemory(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).every(
    ([key, bytes]) =>
      (key === "maxBytes" || key === "maxFileBytes") && (bytes === undefined || isCount(bytes)),
  );
}
