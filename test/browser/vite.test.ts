import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createNetServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createServer, type ViteDevServer } from "vite";
import { createApp, fromConnect, type App } from "../../safety/index.ts";
import { chromiumPath, launchChromium } from "./chromium.ts";

describe.skipIf(chromiumPath === undefined)("Vite on raw routes, in Chromium", () => {
  let folder: string;
  let vite: ViteDevServer;
  let app: App;
  let browser: Browser;
  let origin: string;

  const write = (name: string, content: string) => writeFileSync(path.join(folder, name), content);

  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), "rollcage-vite-")));
    write(
      "index.html",
      `<!doctype html><title>page</title><p id="text"></p><script type="module" src="/main.js"></script>`,
    );
    write(
      "main.js",
      `import { text } from "./text.js";
       import "./style.css";
       const show = (value) => { document.querySelector("#text").textContent = value; };
       show(text);
       window.api = await fetch("/api").then((response) => response.text());
       import.meta.hot.accept("./text.js", (module) => show(module.text));`,
    );
    write("text.js", `export const text = "before";`);
    write("style.css", "#text { color: rgb(1, 2, 3) }");
    const port = await freePort();
    vite = await createServer({
      root: folder,
      configFile: false,
      logLevel: "silent",
      server: { middlewareMode: true, hmr: { port, host: "127.0.0.1" } },
    });
    app = createApp()
      .get("api", (res) => res.send("from a raw route"))
      .any("*", fromConnect(vite.middlewares));
    origin = `http://127.0.0.1:${(await app.listen(0, "127.0.0.1")).port}`;
    browser = await launchChromium(chromiumPath ?? "");
  });

  afterAll(async () => {
    await browser.close();
    await vite.close();
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("loads the page, and replaces a module in it without loading it again", async () => {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    const connected = page.waitForEvent("console", (message) =>
      message.text().includes("[vite] connected"),
    );
    await page.goto(origin);
    await connected;
    await page.waitForFunction("document.querySelector('#text').textContent === 'before'");
    const color = "getComputedStyle(document.querySelector('#text')).color";
    expect(await page.evaluate(color)).toBe("rgb(1, 2, 3)");
    await page.waitForFunction("window.api === 'from a raw route'");
    await page.evaluate("window.kept = true");

    write("text.js", `export const text = "after";`);
    await page.waitForFunction("document.querySelector('#text').textContent === 'after'");
    expect(await page.evaluate("window.kept")).toBe(true);
    expect(problems).toEqual([]);
    await page.close();
  });
});

/** Vite opens a port of its own for its WebSocket. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createNetServer().on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
