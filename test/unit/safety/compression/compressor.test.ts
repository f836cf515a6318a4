import { once } from "node:events";
import { randomBytes } from "node:crypto";
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createCompressor } from "../../../../safety/compression/compressor.ts";
import { supportedCodings, type ContentCoding } from "../../../../safety/compression/negotiate.ts";

const text = Buffer.from("compress me ".repeat(10_000));
const noise = randomBytes(10_000);

const decoders: Readonly<Record<ContentCoding, (body: Buffer) => Buffer>> = {
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
  gzip: gunzipSync,
  deflate: inflateSync,
};

describe("createCompressor", () => {
  it.each(supportedCodings)(
    "encodes %s that decodes to the same, on the loop and off it",
    async (coding) => {
      const compressor = createCompressor();
      const decode = decoders[coding];
      expect(decode(compressor.encodeNow(text, coding)!).equals(text)).toBe(true);
      expect(decode((await compressor.encode(text, coding))!).equals(text)).toBe(true);
      expect(decode((await compressor.encode(text, coding, "best"))!).equals(text)).toBe(true);
    },
  );

  it.each(supportedCodings)("throws away %s that is no smaller", async (coding) => {
    const compressor = createCompressor();
    expect(compressor.encodeNow(noise, coding)).toBeUndefined();
    expect(await compressor.encode(noise, coding)).toBeUndefined();
  });

  it("refuses what would wait beyond its bounds, and goes on afterwards", async () => {
    const compressor = createCompressor({ maxRunning: 1, maxWaiting: 2, maxStreams: 1 });
    const encode = () => compressor.encode(text, "gzip");
    const results = await Promise.all([encode(), encode(), encode(), encode(), encode()]);
    expect(results.map((result) => result !== undefined)).toEqual([true, true, true, false, false]);
    expect(await encode()).toBeDefined();
  });

  it("opens no more streams than allowed, and one more when one has closed", async () => {
    const compressor = createCompressor({ maxRunning: 1, maxWaiting: 1, maxStreams: 1 });
    const first = compressor.openStream("gzip", false);
    expect(first).toBeDefined();
    expect(compressor.openStream("gzip", false)).toBeUndefined();
    first?.destroy();
    await once(first!, "close");
    const second = compressor.openStream("gzip", false);
    expect(second).toBeDefined();
    second?.destroy();
  });

  it.each(supportedCodings)(
    "lets every chunk of a flushing %s stream out at once",
    async (coding) => {
      const stream = createCompressor().openStream(coding, true)!;
      stream.write("first");
      await once(stream, "readable");
      expect(stream.readableLength).toBeGreaterThan(0);
      stream.destroy();
    },
  );
});
