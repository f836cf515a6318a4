import { rmSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FileCache } from "../../../safety/static/file-cache.ts";
import { MemoryFile } from "../../../safety/static/memory-file.ts";
import { precompress } from "../../../safety/static/precompress.ts";
import { createStaticFiles, PAGE, type StaticFiles } from "../../helpers/static-files.ts";

let files: StaticFiles;

beforeEach(() => {
  files = createStaticFiles();
});

afterEach(() => {
  files.remove();
});

const create = (maxBytes: number, maxFileBytes = 1024 * 1024) =>
  new FileCache({
    directory: files.directory,
    confined: true,
    memory: { maxBytes, maxFileBytes },
    maxAgeSeconds: 0,
    immutable: true,
    compress: true,
  });

describe("FileCache", () => {
  it("stays below its bound, and throws out what was not asked for the longest", async () => {
    const cache = create(50_000);
    const loaded: unknown[] = [];
    for (let index = 0; index < 30; index++) {
      files.write(`${index}.bin`, Buffer.alloc(8_000));
      loaded.push(await cache.load(`${index}.bin`));
      cache.fresh("0.bin");
      expect(cache.bytes).toBeLessThanOrEqual(50_000);
    }
    // What is still there is the same object; what had been thrown out was read again.
    expect(await cache.load("0.bin")).toBe(loaded[0]);
    expect(await cache.load("29.bin")).toBe(loaded[29]);
    expect(await cache.load("1.bin")).not.toBe(loaded[1]);
  });

  it("counts encoded representations too", async () => {
    const cache = create(1_000_000);
    const file = await cache.load("index.html");
    if (!(file instanceof MemoryFile)) throw new TypeError("expected a file");
    const before = cache.bytes;
    const encoded = await file.encode("gzip");
    expect(cache.bytes).toBe(before + (encoded?.bytes.length ?? 0));
  });

  it("encodes a file once for all who ask", async () => {
    const file = await create(1_000_000).load("index.html");
    if (!(file instanceof MemoryFile)) throw new TypeError("expected a file");
    const first = file.encoded("br");
    expect(file.encoded("br")).toBe(first);
    expect(file.encoded("br")).toBeInstanceOf(Promise);
    const encoded = await first;
    expect(file.encoded("br")).toBe(encoded);
  });

  it("serves a larger file as it is while it is being encoded", async () => {
    files.write("long.txt", PAGE.repeat(60));
    const file = await create(10_000_000).load("long.txt");
    if (!(file instanceof MemoryFile)) throw new TypeError("expected a file");
    expect(file.encoded("gzip")).toBeUndefined();
    const encoded = await file.encode("gzip");
    expect(file.encoded("gzip")).toBe(encoded);
  });

  it("keeps no file over maxFileBytes, and one of exactly that", async () => {
    const cache = create(1_000_000, 11);
    expect(await cache.load("hello.txt")).toBeInstanceOf(MemoryFile);
    expect(await cache.load("index.html")).toBe("large");
    expect(await cache.load("folder")).toBe("directory");
    expect(await cache.load("none")).toBe("missing");
    expect(await cache.load("link-out.txt")).toBe("missing");
  });

  it("forgets a file that is gone", async () => {
    const cache = create(1_000_000);
    await cache.load("hello.txt");
    rmSync(path.join(files.directory, "hello.txt"));
    expect(await cache.load("hello.txt")).toBe("missing");
    expect(cache.bytes).toBe(0);
  });
});

describe("precompress", () => {
  const options = (signal = new AbortController().signal, maxBytes = 10_000_000) => ({
    directory: files.directory,
    dotfiles: "ignore" as const,
    maxBytes,
    signal,
  });

  it("encodes what is worth it, and loads nothing else", async () => {
    files.write(".hidden/page.html", PAGE);
    const cache = create(10_000_000);
    const load = vi.spyOn(cache, "load");
    await precompress(cache, options());
    const names = load.mock.calls.map(([name]) => name);
    expect(names.toSorted().join(" ")).toBe(
      "100%.txt app-BxT3k9Qz.js bare/file.txt empty.txt folder/index.html folder/page.html hello.txt index.html ü ber.txt",
    );
    for (const name of ["index.html", "folder/page.html"]) {
      const file = await cache.load(name);
      if (!(file instanceof MemoryFile)) throw new TypeError("expected a file");
      for (const coding of ["br", "zstd", "gzip"] as const) {
        expect(file.encoded(coding)).toHaveProperty("bytes");
      }
    }
  });

  it("stops at the bound, and when it is told to", async () => {
    const full = create(10_000_000);
    await precompress(full, options(undefined, 1));
    expect(full.bytes).toBeLessThan(20_000);
    const aborted = create(10_000_000);
    await precompress(aborted, options(AbortSignal.abort()));
    expect(aborted.bytes).toBe(0);
  });
});
