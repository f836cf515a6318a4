import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { brotliCompressSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { buildPage } from "./build-page.ts";
import { chromiumPath, launchChromium } from "./chromium.ts";

/** 45 KB of JSON, as a dashboard receives it. */
const snapshot = JSON.stringify(
  Array.from({ length: 440 }, (_, id) => ({
    id,
    host: `node-${id % 40}.example.net`,
    cpuPercent: (id * 7.31) % 100,
    rssBytes: 50_000_000 + id * 40_961,
    healthy: id % 17 !== 0,
  })),
);

const TYPES: Readonly<Record<string, string>> = { js: "text/javascript", wasm: "application/wasm" };

/** As the README shows it. */
const cacheWorker = readFileSync(new URL("fixtures/decoder-cache.js", import.meta.url));

/** What the page reports when its socket has closed. */
interface Report {
  readonly messages: string[];
  readonly events: string[];
  readonly protocol: string;
}

describe.skipIf(chromiumPath === undefined)("connect in Chromium", () => {
  let browser: Browser;
  let http: Server;
  let origin: string;
  let sockets: WebSocketServer;
  let files: Map<string, Uint8Array>;
  const pages: Page[] = [];

  beforeAll(async () => {
    [files, browser] = await Promise.all([buildPage(), launchChromium(chromiumPath ?? "")]);
    http = createServer((request, response) => {
      const name = request.url?.slice(1) ?? "";
      const content = name === "" ? "<!doctype html>" : files.get(name);
      response.writeHead(content === undefined ? 404 : 200, {
        "content-type": TYPES[name.split(".").at(-1) ?? ""] ?? "text/html",
      });
      response.end(content);
    });
    sockets = new WebSocketServer({
      server: http,
      handleProtocols: (offered, { url }) =>
        url === "/plain" ? false : ([...offered].at(-1) ?? false),
    });
    sockets.on("connection", (socket, { url }) => {
      if (url === "/plain") socket.send(Buffer.of(1, 2, 3));
      else {
        socket.send("before");
        socket.send(Buffer.concat([Buffer.of(1), brotliCompressSync(snapshot)]));
        socket.send("after");
      }
      socket.close(1000);
    });
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    const address = http.address();
    if (address === null || typeof address === "string") throw new Error("Expected a TCP address");
    origin = `127.0.0.1:${address.port}`;
  });

  afterEach(async () => {
    await Promise.all(pages.splice(0).map(async (page) => page.close()));
  });

  afterAll(async () => {
    sockets.close();
    http.close();
    await browser.close();
  });

  async function open(
    path: string,
    before = "",
    reused?: Page,
  ): Promise<{ report: Report; page: Page; requested: string[]; frameBytes: number[] }> {
    const page = reused ?? (await browser.newPage());
    if (reused === undefined) pages.push(page);
    const requested: string[] = [];
    const frameBytes: number[] = [];
    page.on("request", (request) => requested.push(request.url()));
    page.on("websocket", (socket) =>
      socket.on("framereceived", ({ payload }) => frameBytes.push(Buffer.byteLength(payload))),
    );
    await page.goto(`http://${origin}/`);
    const report: Report = await page.evaluate(`(async () => {
      ${before}
      await import("/page.js");
      const socket = connect("ws://${origin}${path}");
      socket.binaryType = "arraybuffer";
      const messages = [], events = [];
      socket.onopen = () => events.push("open");
      socket.onerror = () => events.push("error");
      socket.onmessage = ({ data }) => messages.push(typeof data === "string" ? data : new Uint8Array(data).join());
      const { code } = await new Promise((resolve) => { socket.onclose = resolve; });
      events.push("close " + code);
      return { messages, events, protocol: socket.protocol };
    })()`);
    return { report, page, requested, frameBytes };
  }

  const NATIVE_OFF = `globalThis.DecompressionStream = class {
    constructor(format) { throw new TypeError("Unsupported compression format: " + format); }
  };`;

  it("decodes a 45 KB snapshot between small messages, in order, with the native decoder switched off", async () => {
    const { report, requested, frameBytes } = await open("/br", NATIVE_OFF);
    expect(report.messages).toEqual(["before", snapshot, "after"]);
    expect(report.events).toEqual(["open", "close 1000"]);
    expect(requested.filter((url) => url.endsWith(".wasm"))).toHaveLength(1);
    expect(frameBytes[1]).toBeLessThan(snapshot.length / 5);
    // oxlint-disable-next-line eslint/no-console -- a figure that the run is to state
    console.info(`${snapshot.length} bytes of JSON crossed the wire as ${frameBytes[1]}`);
  });

  it("prefers a native decoder and then fetches no WebAssembly", async () => {
    // Chromium has no brotli stream yet, so a stand-in takes its place.
    const { report, page, requested } = await open(
      "/br",
      `globalThis.formats = [];
      globalThis.DecompressionStream = class {
        constructor(format) {
          formats.push(format);
          const text = new TextEncoder().encode("decoded natively");
          return new TransformStream({ transform() {}, flush: (controller) => controller.enqueue(text) });
        }
      };`,
    );
    expect(report.messages).toEqual(["before", "decoded natively", "after"]);
    expect(new Set(await page.evaluate<string[]>("formats"))).toEqual(new Set(["brotli"]));
    expect(requested.filter((url) => url.endsWith(".wasm"))).toEqual([]);
  });

  it("finds the decoder in the service worker's cache when the server no longer has it", async () => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    expect(readme).toContain(cacheWorker.toString());
    files.set("decoder-cache.js", cacheWorker);
    const installed = `await navigator.serviceWorker.register("/decoder-cache.js");
      while (navigator.serviceWorker.controller === null)
        await new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve));`;
    const first = await open("/br", NATIVE_OFF + installed);
    expect(first.report.messages).toHaveLength(3);
    const saved = new Map(files);
    for (const name of files.keys()) if (name.includes("brotli")) files.delete(name);
    try {
      const second = await open("/br", NATIVE_OFF + installed, first.page);
      expect(second.report.messages).toEqual(["before", snapshot, "after"]);
    } finally {
      files = saved;
      await first.page.evaluate(
        "navigator.serviceWorker.getRegistration().then((registration) => registration.unregister())",
      );
    }
  });

  it("uses a server that refuses unknown protocols as it is", async () => {
    const { report } = await open("/plain");
    expect(report).toEqual({ messages: ["1,2,3"], events: ["open", "close 1000"], protocol: "" });
  });
});
