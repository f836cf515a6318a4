import { execFileSync } from "node:child_process";
import { readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createSafety, type SafetyError } from "../../../safety/index.ts";
import { exchangeRaw, isComplete } from "../../helpers/raw-client.ts";
import { startServer, type TestServer } from "../../helpers/real-backend.ts";
import { sendRequest } from "../../helpers/send-request.ts";
import {
  createStaticFiles,
  LARGE,
  PAGE,
  SECRET,
  type StaticFiles,
} from "../../helpers/static-files.ts";

const errors: SafetyError[] = [];
const { serveStatic } = createSafety({ onError: (error) => errors.push(error) });

let files: StaticFiles;
let server: TestServer;

beforeAll(async () => {
  files = createStaticFiles();
  server = await startServer((app) => {
    app
      .any("/*", serveStatic(files.directory))
      .any("/disk/*", serveStatic(files.directory, { memory: false }))
      .any("/dots/*", serveStatic(files.directory, { dotfiles: "allow", index: false }))
      .any("/denied/*", serveStatic(files.directory, { dotfiles: "deny" }))
      .any("/eager/*", serveStatic(files.directory, { precompress: "start" }))
      .any("/plain/*", serveStatic(files.directory, { precompress: false }))
      .any("/aged/*", serveStatic(files.directory, { maxAgeSeconds: 60, immutable: false }))
      .any("/elsewhere/:user/*", serveStatic(files.directory, { pathPrefix: "elsewhere/me" }))
      .any(
        "/app/*",
        serveStatic(files.directory, {
          notFound: (res) => res.send("the app", { type: "text/html" }),
        }),
      );
  });
});

afterAll(() => {
  server.close();
  files.remove();
});

const get = (url: string, headers: Record<string, string> = {}) =>
  sendRequest(`http://127.0.0.1:${server.port}${url}`, { headers });

/** Without a client that tidies the path up before it goes out. */
async function getRaw(target: string) {
  const { text } = await exchangeRaw(server.port, {
    pieces: [`GET ${target} HTTP/1.1\r\nhost: x\r\n\r\n`],
    until: isComplete,
  });
  return { status: Number(text.slice(9, 12)), text };
}

describe("serveStatic against escapes", () => {
  it.each(
    [
      "/../secret.txt",
      "/folder/../../secret.txt",
      "/%2e%2e/secret.txt",
      "/%2E%2E%2Fsecret.txt",
      "/..%2fsecret.txt",
      "/.%2e/secret.txt",
      "/..\\secret.txt",
      "/..%5csecret.txt",
      "/%252e%252e%252fsecret.txt",
      "/%252e%252e/secret.txt",
      "/..%00/secret.txt",
      "/hello.txt%00.png",
      "/....//secret.txt",
      "//../secret.txt",
      "/link-out.txt",
      "/link-up/secret.txt",
      "/link-up/public/../secret.txt",
    ].flatMap((target) => [target, `/disk${target}`, `/dots${target}`]),
  )("refuses %s", async (target) => {
    const { status, text } = await getRaw(target);
    expect([403, 404]).toContain(status);
    expect(text).not.toContain(SECRET);
  });

  it("does not follow a link that takes the place of a file which is in memory", async () => {
    files.write("swapped.txt", "before");
    expect((await get("/swapped.txt")).text).toBe("before");
    rmSync(path.join(files.directory, "swapped.txt"));
    symlinkSync(files.secret, path.join(files.directory, "swapped.txt"));
    await vi.waitFor(async () => expect((await get("/swapped.txt")).status).toBe(404));
  });

  it("does not follow a folder that was replaced by a link", async () => {
    files.write("moved/secret.txt", "harmless");
    expect((await get("/moved/secret.txt")).text).toBe("harmless");
    renameSync(path.join(files.directory, "moved"), path.join(files.directory, "was-moved"));
    symlinkSync(path.dirname(files.secret), path.join(files.directory, "moved"));
    await vi.waitFor(async () => expect((await get("/moved/secret.txt")).status).toBe(404));
  });

  it("refuses dotfiles with 404, or 403, or serves them", async () => {
    expect((await get("/.env")).status).toBe(404);
    expect((await get("/denied/.env")).status).toBe(403);
    expect((await get("/dots/.env")).text).toBe("TOKEN=1");
  });

  it("never redirects to another host", async () => {
    for (const target of ["//evil.example/..", "//folder", "/a/..//folder", "///folder"]) {
      const { text } = await getRaw(target);
      const location = /location: (.*)\r/iu.exec(text)?.[1] ?? "/";
      expect(location).toMatch(/^\/(?!\/)/u);
    }
  });
});

describe("serveStatic", () => {
  it("takes what its route has before the star as the prefix, or what it is told", async () => {
    expect((await get("/disk/hello.txt")).text).toBe("hello world");
    expect((await get("/disk/")).text).toBe(PAGE);
    expect((await get("/disk/folder")).headers.location).toBe("/disk/folder/");
    expect((await get("/elsewhere/me/hello.txt")).text).toBe("hello world");
    expect((await get("/elsewhere/you/hello.txt")).status).toBe(404);
  });

  it("has no page for a directory without an index", async () => {
    expect((await get("/dots/")).status).toBe(404);
    expect((await get("/dots/folder")).status).toBe(404);
    expect((await get("/dots/folder/")).status).toBe(404);
  });

  it("leaves what it does not have to notFound", async () => {
    expect(await get("/app/route/of/the/app")).toMatchObject({ status: 200, text: "the app" });
    expect((await get("/app/hello.txt")).text).toBe("hello world");
  });

  it.each([
    ["br", brotliDecompressSync],
    ["zstd", zstdDecompressSync],
    ["gzip", gunzipSync],
  ] as const)(
    "sends %s to clients that accept it, with a tag of its own",
    async (coding, decode) => {
      for (const prefix of ["", "/eager"]) {
        const plain = await get(`${prefix}/folder/page.html`);
        const answer = await get(`${prefix}/folder/page.html`, { "accept-encoding": coding });
        expect(answer.headers).toMatchObject({
          "content-encoding": coding,
          "content-length": String(answer.body.length),
          "content-type": "text/html; charset=utf-8",
          vary: "Accept-Encoding",
        });
        expect(decode(answer.body).toString()).toBe(PAGE);
        expect(plain.headers.vary).toBe("Accept-Encoding");
        expect(answer.headers.etag).toMatch(/^"/u);
        expect(answer.headers.etag).not.toBe(plain.headers.etag);
        const again = await get(`${prefix}/folder/page.html`, {
          "accept-encoding": coding,
          "if-none-match": String(answer.headers.etag),
        });
        expect(again).toMatchObject({ status: 304, text: "" });
        expect(again.headers).toMatchObject({ etag: answer.headers.etag, vary: "Accept-Encoding" });
      }
    },
  );

  it("respects q-values, and leaves alone what gains nothing", async () => {
    const encodingOf = async (url: string, accept: string) =>
      (await get(url, { "accept-encoding": accept })).headers["content-encoding"];
    expect(await encodingOf("/folder/page.html", "gzip, deflate, br, zstd")).toBe("br");
    expect(await encodingOf("/folder/page.html", "br;q=0.1, gzip")).toBe("gzip");
    expect(await encodingOf("/folder/page.html", "deflate")).toBeUndefined();
    expect(await encodingOf("/folder/page.html", "identity")).toBeUndefined();
    expect(await encodingOf("/hello.txt", "br")).toBeUndefined();
    expect(await encodingOf("/image.png", "br")).toBeUndefined();
    expect(await encodingOf("/plain/folder/page.html", "br")).toBeUndefined();
    expect(await encodingOf("/disk/folder/page.html", "br")).toBeUndefined();
    const part = await get("/folder/page.html", { "accept-encoding": "br", range: "bytes=0-4" });
    expect(part).toMatchObject({ status: 206, text: PAGE.slice(0, 5) });
    expect(part.headers["content-encoding"]).toBeUndefined();
  });

  it.each(["", "/disk"])("answers several ranges in one body (%s)", async (prefix) => {
    const answer = await get(`${prefix}/hello.txt`, { range: "bytes=0-1,6-" });
    expect(answer.status).toBe(206);
    const boundary = /^multipart\/byteranges; boundary=(.+)$/u.exec(
      String(answer.headers["content-type"]),
    )?.[1];
    expect(answer.headers["content-length"]).toBe(String(answer.body.length));
    expect(answer.text).toBe(
      [
        "",
        `--${boundary}`,
        "content-type: text/plain; charset=utf-8",
        "content-range: bytes 0-1/11",
        "",
        "he",
        `--${boundary}`,
        "content-type: text/plain; charset=utf-8",
        "content-range: bytes 6-10/11",
        "",
        "world",
        `--${boundary}--`,
        "",
      ].join("\r\n"),
    );
  });

  it("sends parts of a large file from where they are", async () => {
    const answer = await get("/large.bin", { range: "bytes=10-19,2000000-2500000,-7" });
    for (const part of [
      LARGE.subarray(10, 20),
      LARGE.subarray(2_000_000, 2_500_001),
      LARGE.subarray(-7),
    ]) {
      expect(answer.body.includes(part)).toBe(true);
    }
  });

  it.each(["", "/disk"])("resumes with a strong tag in If-Range (%s)", async (prefix) => {
    const { headers } = await get(`${prefix}/hello.txt`);
    const etag = String(headers.etag);
    expect(etag).toMatch(/^"[^"]+"$/u);
    const range = "bytes=6-";
    expect((await get(`${prefix}/hello.txt`, { range, "if-range": etag })).text).toBe("world");
    expect((await get(`${prefix}/hello.txt`, { range, "if-range": `W/${etag}` })).status).toBe(200);
    expect((await get(`${prefix}/hello.txt`, { "if-match": etag })).status).toBe(200);
    expect((await get(`${prefix}/hello.txt`, { "if-none-match": etag })).status).toBe(304);
  });

  it("lets clients keep names with a hash for ever, others as long as it is told", async () => {
    const cacheOf = async (url: string) => (await get(url)).headers["cache-control"];
    expect(await cacheOf("/app-BxT3k9Qz.js")).toBe("public, max-age=31536000, immutable");
    expect(await cacheOf("/disk/app-BxT3k9Qz.js")).toBe("public, max-age=31536000, immutable");
    expect(await cacheOf("/aged/app-BxT3k9Qz.js")).toBe("public, max-age=60");
    expect(await cacheOf("/hello.txt")).toBe("public, max-age=0");
  });

  it.each([
    ["changed", "version two"],
    ["changed to the same size", "version 2"],
    ["emptied", ""],
    ["made large", "x".repeat(2 * 1024 * 1024)],
  ])("notices a file that was %s", async (title, content) => {
    const name = `${title.replaceAll(" ", "-")}.txt`;
    files.write(name, "version 1");
    const before = await get(`/${name}`);
    expect(before.text).toBe("version 1");
    files.write(name, content);
    await vi.waitFor(async () => expect((await get(`/${name}`)).text).toBe(content));
    const after = await get(`/${name}`, { "if-none-match": String(before.headers.etag) });
    expect(after.status).toBe(200);
  });

  it("notices files that come and go", async () => {
    expect((await get("/new.txt")).status).toBe(404);
    files.write("new.txt", "new");
    expect((await get("/new.txt")).text).toBe("new");
    rmSync(path.join(files.directory, "new.txt"));
    await vi.waitFor(async () => expect((await get("/new.txt")).status).toBe(404));
  });

  it("reads a file once for many who ask at the same time", async () => {
    files.write("popular.html", PAGE);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => get("/popular.html", { "accept-encoding": "gzip" })),
    );
    for (const { body } of answers) expect(gunzipSync(body).toString()).toBe(PAGE);
  });

  it.runIf(process.platform === "linux")(
    "closes every file, also when clients go away",
    async () => {
      const openFiles = () =>
        readdirSync("/proc/self/fd").filter((fd) => isInDirectory(fd, files.directory)).length;
      await Promise.all([
        ...Array.from({ length: 20 }, () => abortInTheMiddle("/large.bin")),
        ...Array.from({ length: 20 }, () =>
          abortInTheMiddle("/large.bin", { range: "bytes=0-1000000,1500000-3000000" }),
        ),
        get("/large.bin", { range: "bytes=5-6" }),
        get("/large.bin", { "if-none-match": "*" }),
        get("/large.bin", { range: "bytes=99999999-" }),
        sendRequest(`http://127.0.0.1:${server.port}/large.bin`, { method: "HEAD" }),
      ]);
      await vi.waitFor(() => expect(openFiles()).toBe(0));
      expect(errors).toEqual([]);
    },
  );

  it("neither waits for a pipe nor serves it", async () => {
    execFileSync("mkfifo", [path.join(files.directory, "pipe")]);
    expect((await get("/pipe")).status).toBe(404);
  });

  it("says what is wrong where it is called", () => {
    expect(() => serveStatic(path.join(files.directory, "none"))).toThrow(
      /Expected a directory to serve, got ".*none"/u,
    );
    expect(() => serveStatic(path.join(files.directory, "hello.txt"))).toThrow(TypeError);
    const options = { maxAge: 1, dotfiles: "show", memory: { maxBytes: -1 } };
    expect(() => serveStatic(files.directory, options as object)).toThrow(
      /no option maxAge; expected dotfiles to be .*; expected memory to be/u,
    );
  });
});

function isInDirectory(fd: string, directory: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith(directory);
  } catch {
    return false; // Closed meanwhile.
  }
}

function abortInTheMiddle(url: string, headers: Record<string, string> = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.get(`http://127.0.0.1:${server.port}${url}`, { agent: false, headers });
    request.on("error", reject);
    request.on("response", (response) => {
      response.once("data", () => {
        response.destroy();
        resolve();
      });
      response.on("error", () => {});
    });
  });
}
