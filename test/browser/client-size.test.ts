import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { buildPage } from "./build-page.ts";

/** What a page pays before the first compressed message. */
const BUDGET_BYTES = 3 * 1024;

describe("rollcage/client in a bundle", () => {
  it("stays under 3 KB gzipped without the WebAssembly decoder", async () => {
    const entry = (await buildPage(["brotli-dec-wasm"])).get("page.js");
    expect(entry).toBeDefined();
    expect(gzipSync(entry ?? "", { level: 9 }).byteLength).toBeLessThan(BUDGET_BYTES);
  });

  it("leaves the decoder in files of its own, which are fetched on demand", async () => {
    const files = await buildPage();
    expect([...files.keys()].filter((name) => name.endsWith(".wasm"))).toHaveLength(1);
    expect(files.get("page.js")?.byteLength).toBeLessThan(3 * BUDGET_BYTES);
  });

  it("imports nothing of Node", async () => {
    const entry = (await buildPage()).get("page.js");
    expect(String(entry)).not.toMatch(/node:|\bBuffer\b|\brequire\(/u);
  });
});
