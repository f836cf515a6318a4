import type { Stats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { posix } from "node:path";
import { LRUCache } from "lru-cache";
import { MemoryFile } from "./memory-file.ts";
import { openFile, statFile, type FileLocation } from "./open-file.ts";
import { cacheControlFor } from "./representation.ts";

/** `large`: there is such a file, but it is not kept in memory. */
export type CachedFile = MemoryFile | "directory" | "missing" | "large";

export interface FileCacheOptions {
  readonly directory: string;
  readonly confined: boolean;
  readonly memory: { readonly maxBytes: number; readonly maxFileBytes: number } | false;
  readonly maxAgeSeconds: number;
  readonly immutable: boolean;
  readonly compress: boolean;
}

/** How long a file counts as unchanged. Nobody notices a tenth of a second; ten looks a second cost nothing. */
const CHECK_INTERVAL_MS = 100;

/** The small files of a directory, kept in memory as long as they are what is on the disk. */
export class FileCache {
  readonly #options: FileCacheOptions;
  readonly #files: LRUCache<string, MemoryFile> | undefined;
  /** Requests for the same file wait for one look at it. */
  readonly #pending = new Map<string, Promise<CachedFile>>();

  constructor(options: FileCacheOptions) {
    this.#options = options;
    if (options.memory === false) return;
    this.#files = new LRUCache<string, MemoryFile>({
      maxSize: Math.max(1, options.memory.maxBytes),
      sizeCalculation: (file, path) => file.bytes + path.length + ENTRY_BYTES,
    });
  }

  /** The file, if it is in memory and has just been compared with the disk. */
  fresh(path: string): MemoryFile | undefined {
    const file = this.#files?.get(path);
    if (file === undefined || performance.now() - file.checkedMs > CHECK_INTERVAL_MS) {
      return undefined;
    }
    return file;
  }

  /** Compares with the disk, and reads what is new. */
  load(path: string): Promise<CachedFile> {
    const known = this.#pending.get(path);
    if (known !== undefined) return known;
    const pending = this.#load(path).finally(() => this.#pending.delete(path));
    this.#pending.set(path, pending);
    return pending;
  }

  /** Memory in use, in bytes. */
  get bytes(): number {
    return this.#files?.calculatedSize ?? 0;
  }

  locate(path: string): FileLocation {
    const { directory, confined } = this.#options;
    return { directory, confined, path };
  }

  async #load(path: string): Promise<CachedFile> {
    const { memory } = this.#options;
    if (memory === false) return "large";
    const location = this.locate(path);
    const known = this.#files?.peek(path);
    const startedMs = performance.now();
    if (known !== undefined) {
      const stats = await statFile(location);
      if (stats !== undefined && isSame(stats, known.stats)) {
        known.checkedMs = startedMs;
        return known;
      }
      this.#files?.delete(path);
    }
    const opened = await openFile(location);
    if (typeof opened === "string") return opened;
    const { handle, stats } = opened;
    try {
      if (stats.size > memory.maxFileBytes) return "large";
      const file = this.#keep(path, stats, await readWhole(handle, stats.size));
      file.checkedMs = startedMs;
      return file;
    } finally {
      await handle.close();
    }
  }

  #keep(path: string, stats: Stats, bytes: Buffer): MemoryFile {
    const file: MemoryFile = new MemoryFile({
      name: posix.basename(path),
      stats,
      bytes,
      cacheControl: cacheControlFor(path, this.#options),
      compress: this.#options.compress,
      onGrowth: () => {
        if (this.#files?.peek(path) !== file) return; // Replaced or thrown out meanwhile.
        // The same value is not weighed anew.
        this.#files.delete(path);
        this.#files.set(path, file);
      },
    });
    this.#files?.set(path, file);
    return file;
  }
}

/** What a file costs beside its content and its name: headers, maps, the entry itself. */
const ENTRY_BYTES = 1_024;

/** Whether nothing says that the content has changed. `ctime` sees what a restored `mtime` hides. */
function isSame(a: Stats, b: Stats): boolean {
  return (
    a.ino === b.ino &&
    a.dev === b.dev &&
    a.size === b.size &&
    a.mtimeMs === b.mtimeMs &&
    a.ctimeMs === b.ctimeMs
  );
}

/** At most `size` bytes; a file that grows meanwhile is read again at the next look. */
async function readWhole(handle: FileHandle, size: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await handle.read(buffer, filled, size - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled === size ? buffer : buffer.subarray(0, filled);
}
