import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createServer, type ViteDevServer } from "vite";
import webpack, { type Compiler } from "webpack";
import webpackDevMiddleware from "webpack-dev-middleware";
import { createSafety, type SafetyError } from "../../../safety/index.ts";
import { startServer, type TestServer } from "../../helpers/real-backend.ts";
import { sendRequest } from "../../helpers/send-request.ts";

const errors: SafetyError[] = [];
const { fromConnect } = createSafety({ onError: (error) => errors.push(error) });

let folder: string;

beforeAll(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), "rollcage-bundler-")));
  writeFileSync(path.join(folder, "index.html"), `<script type="module" src="/main.ts"></script>`);
  writeFileSync(
    path.join(folder, "main.ts"),
    `import { name } from "./name.js";\nconsole.log(name satisfies string);`,
  );
  writeFileSync(path.join(folder, "name.js"), `export const name = "rollcage";`);
  writeFileSync(path.join(folder, "style.css"), "body { color: teal }");
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

afterEach(() => {
  if (errors.length > 0) throw errors[0]!;
});

describe("fromConnect with vite.middlewares", () => {
  let vite: ViteDevServer;
  let server: TestServer;

  beforeAll(async () => {
    vite = await createServer({
      root: folder,
      configFile: false,
      appType: "mpa",
      logLevel: "silent",
      server: { middlewareMode: true, ws: false, hmr: false },
    });
    server = await startServer((app) => {
      app.any("/*", fromConnect(vite.middlewares));
    });
  });

  afterAll(async () => {
    server.close();
    await vite.close();
  });

  const get = (url: string, headers: Record<string, string> = {}) =>
    sendRequest(`http://127.0.0.1:${server.port}${url}`, { headers });

  it("serves the page with Vite's client in it", async () => {
    const page = await get("/", { accept: "text/html" });
    expect(page).toMatchObject({ status: 200, headers: { "content-type": "text/html" } });
    expect(page.text).toContain('src="/@vite/client"');
    expect((await get("/@vite/client")).headers["content-type"]).toBe("text/javascript");
  });

  it("transforms modules, and answers 304 for those that the client has", async () => {
    const module = await get("/main.ts");
    expect(module.text).toContain('from "/name.js"');
    expect(module.text).not.toContain("satisfies");
    const etag = String(module.headers.etag);
    expect(await get("/main.ts", { "if-none-match": etag })).toMatchObject({
      status: 304,
      text: "",
    });
    expect((await get("/style.css?import")).text).toContain("teal");
  });

  it("leaves what it does not have to 404", async () => {
    expect((await get("/none.js", { accept: "*/*" })).status).toBe(404);
  });
});

describe("fromConnect with webpack-dev-middleware", () => {
  let compiler: Compiler;
  let middleware: ReturnType<typeof webpackDevMiddleware>;
  let server: TestServer;

  beforeAll(async () => {
    compiler = webpack({
      mode: "development",
      context: folder,
      entry: "./name.js",
      output: { path: path.join(folder, "dist"), filename: "bundle.js", publicPath: "/assets/" },
      infrastructureLogging: { level: "none" },
      stats: "none",
    });
    middleware = webpackDevMiddleware(compiler);
    server = await startServer((app) => {
      app.any("/*", fromConnect(middleware, { next: (res) => res.send("not a bundle") }));
    });
  });

  afterAll(async () => {
    server.close();
    await new Promise((resolve) => middleware.close(resolve));
  });

  it("serves the bundle from memory once it is built, and leaves the rest to next", async () => {
    const url = `http://127.0.0.1:${server.port}`;
    const bundle = await sendRequest(`${url}/assets/bundle.js`);
    expect(bundle).toMatchObject({
      status: 200,
      headers: { "content-type": "text/javascript; charset=utf-8" },
    });
    expect(bundle.text).toContain("rollcage");
    const part = await sendRequest(`${url}/assets/bundle.js`, { headers: { range: "bytes=0-9" } });
    expect(part).toMatchObject({ status: 206, text: bundle.text.slice(0, 10) });
    expect((await sendRequest(`${url}/other`)).text).toBe("not a bundle");
  });
});
