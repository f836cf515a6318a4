import { opendir } from "node:fs/promises";
import { join, posix } from "node:path";
import type { FileCache } from "./file-cache.ts";
import { fileCodings, isCompressibleName, MemoryFile } from "./memory-file.ts";
import { resolvePath, type DotfilePolicy } from "./resolve-path.ts";

export interface PrecompressOptions {
  readonly directory: string;
  readonly dotfiles: DotfilePolicy;
  /** Stop when this much memory is taken: what came first would only be thrown out again. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** Encodes one file after the other, so that a large site does not take the machine at its start. */
export async function precompress(
  cache: FileCache,
  { directory, dotfiles, maxBytes, signal }: PrecompressOptions,
): Promise<void> {
  for await (const path of listFiles(directory, "")) {
    if (!isCompressibleName(path)) continue;
    // What no URL leads to, such as dotfiles, is not worth the memory.
    if (resolvePath(path.replaceAll("%", "%25"), dotfiles) !== path) continue;
    if (signal.aborted || cache.bytes >= maxBytes) return;
    await precompressFile(cache, path, signal);
  }
}

/** Encodes one file, if it is worth it. */
export async function precompressFile(
  cache: FileCache,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const file = await cache.load(path).catch(() => undefined); // The client who asks for it learns why.
  if (!(file instanceof MemoryFile) || !file.isCompressible) return;
  for (const coding of fileCodings) {
    if (signal.aborted) return;
    await file.encode(coding);
  }
}

/** Paths below `directory`, with slashes. Links are not followed: they could lead round in circles. */
async function* listFiles(directory: string, below: string): AsyncIterable<string> {
  // A folder that vanishes or cannot be read has no files for anybody.
  const folder = await opendir(join(directory, below)).catch(() => undefined);
  if (folder === undefined) return;
  for await (const entry of folder) {
    const path = posix.join(below, entry.name);
    if (entry.isDirectory()) yield* listFiles(directory, path);
    else if (entry.isFile()) yield path;
  }
}
