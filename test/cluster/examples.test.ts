import { execFile } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import packageJson from "../../package.json" with { type: "json" };
import { ask } from "../helpers/http-client.ts";
import { codeIn, readmeTable } from "../helpers/readme.ts";
import { startProgram, type TestProgram } from "../helpers/test-server.ts";

interface Example extends TestProgram {
  readonly url: string;
}

const fileOf = (name: string) =>
  fileURLToPath(new URL(`../../examples/${name}.ts`, import.meta.url));

/** Starts an example as its npm script does, on a free port, and waits for the line that says where. */
async function start(name: string, env: Record<string, string> = {}): Promise<Example> {
  const program = startProgram(fileOf(name), [], { PORT: "0", ...env });
  const line = await program.output.next(/^https?:\/\/.* \(transport \w+, \d+ workers\)$/);
  return { ...program, url: line.split(" ", 1)[0]! };
}

/** Ends it as a user does; what it exits with is part of what it shows. */
async function stop({ child, exit }: Example): Promise<void> {
  child.kill("SIGINT");
  expect(await exit).toEqual({ code: 0, signal: null });
}

describe("npm run example:*", () => {
  it("has a script for every example, and a line in the README", () => {
    const scripts = Object.entries(packageJson.scripts).filter(([name]) =>
      name.startsWith("example:"),
    );
    const started = scripts.map(([, script]) => /node (examples\/[\w-]+\.ts)$/.exec(script)?.[1]);
    const files = globSync("examples/*.ts").filter((file) =>
      /\bstartServer\(|\.listen\(/.test(readFileSync(file, "utf8")),
    );
    expect(new Set(started)).toEqual(new Set(files));
    const documented = readmeTable("script", "shows").flatMap(([script]) => codeIn(script));
    expect(new Set(documented)).toEqual(new Set(scripts.map(([name]) => `npm run ${name}`)));
  });
});

describe("examples/basic", () => {
  it("answers from every worker", async () => {
    const example = await start("basic");
    const pids = new Set<string>();
    for (let count = 0; count < 20; count++) {
      const response = await fetch(example.url, { headers: { connection: "close" } });
      pids.add(/^hello from process (\d+)\n$/.exec(await response.text())![1]!);
    }
    expect(pids.size).toBe(Number(/(\d+) workers/.exec(example.output.lines.join("\n"))![1]));
    await stop(example);
  });
});

describe("examples/advanced", () => {
  it("keeps a session on its worker, and exports metrics", async () => {
    const example = await start("advanced", { OTEL_METRIC_EXPORT_INTERVAL: "200" });
    const visit = async (session: string) => {
      const headers = { "x-session-id": session, connection: "close" };
      const response = await fetch(`${example.url}/api/visits`, { headers });
      return (await response.json()) as { worker: number; visits: number };
    };
    for (const session of ["a", "b", "c", "d"]) {
      const first = await visit(session);
      expect(first.visits).toBe(1);
      expect(await visit(session)).toEqual({ worker: first.worker, visits: 2 });
      expect(await visit(session)).toEqual({ worker: first.worker, visits: 3 });
    }
    expect((await fetch(`${example.url}/api/visits`)).status).toBe(400);
    expect(await (await fetch(example.url)).json()).toEqual({ worker: expect.any(Number) });
    await example.output.next(/name: 'rollcage\.connections'/);
    await stop(example);
  });
});

describe("examples/file-delivery", () => {
  it("serves whole files, ranges, conditional requests and downloads", async () => {
    const example = await start("file-delivery");
    const page = readFileSync(new URL("../../examples/public/index.html", import.meta.url));
    const whole = await fetch(example.url);
    expect(whole.headers.get("content-type")).toMatch(/^text\/html/);
    expect(Buffer.from(await whole.arrayBuffer())).toEqual(page);

    // Not with `fetch`, which adds `cache-control: no-cache` to a conditional request.
    const headers = { "if-none-match": whole.headers.get("etag")! };
    expect((await ask(Number(new URL(example.url).port), "/", { headers })).status).toBe(304);

    const range = await fetch(example.url, { headers: { range: "bytes=2-8" } });
    expect([range.status, await range.text()]).toEqual([206, "doctype"]);

    const download = await fetch(`${example.url}/downloads/index.html`);
    expect(download.headers.get("content-disposition")).toBe('attachment; filename="index.html"');
    expect(Buffer.from(await download.arrayBuffer())).toEqual(page);

    for (const name of ["..%2Fbasic.ts", "none.txt"]) {
      expect((await fetch(`${example.url}/downloads/${name}`)).ok).toBe(false);
    }
    await stop(example);
  });
});

describe("examples/file-upload", () => {
  it("stores an upload, and each worker gives it back", async () => {
    const TMPDIR = mkdtempSync(path.join(tmpdir(), "rollcage-test-"));
    onTestFinished(() => rmSync(TMPDIR, { recursive: true }));
    const example = await start("file-upload", { TMPDIR });
    const content = Buffer.alloc(3_000_000, "rollcage");
    const upload = async (bytes: Uint8Array<ArrayBuffer>, field = "file") => {
      const body = new FormData();
      body.set(field, new Blob([bytes]), "bytes.bin");
      return fetch(`${example.url}/files`, { method: "POST", body });
    };

    const created = await upload(content);
    expect(created.status).toBe(201);
    expect(await created.json()).toEqual({ name: "bytes.bin", bytes: content.length });
    for (let count = 0; count < 4; count++) {
      const headers = { connection: "close" };
      const stored = await fetch(new URL(created.headers.get("location")!, example.url), {
        headers,
      });
      expect(Buffer.from(await stored.arrayBuffer()).equals(content)).toBe(true);
    }

    expect((await upload(content, "other")).status).toBe(400);
    expect((await upload(Buffer.alloc(10_000_001))).status).toBe(413);
    await stop(example);
  });
});

describe("examples/server-sent-events", () => {
  it("sends events until the client goes away", async () => {
    const example = await start("server-sent-events");
    const leave = new AbortController();
    const response = await fetch(`${example.url}/events`, { signal: leave.signal });
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    const events: unknown[] = [];
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      events.push(JSON.parse(/^data: (.*)\n\n$/.exec(chunk)![1]!));
      if (events.length === 2) break;
    }
    const event = { time: expect.any(String), pid: expect.any(Number) };
    expect(events).toEqual([event, event]);
    leave.abort();
    await stop(example);
  });
});

describe("examples/websocket-chat", () => {
  it("carries a message to clients on all workers", async () => {
    const example = await start("websocket-chat");
    const url = `${example.url.replace("http", "ws")}/chat`;
    const sockets = Array.from({ length: 6 }, () => new WebSocket(url));
    await Promise.all(sockets.map((socket) => once(socket, "open")));
    const received = sockets.map((socket) => once(socket, "message"));
    sockets[0]!.send("hello");
    for (const [data, isBinary] of await Promise.all(received)) {
      expect([String(data), isBinary]).toEqual(["hello", false]);
    }
    const closed = sockets.map((socket) => once(socket, "close"));
    await stop(example);
    for (const [code] of await Promise.all(closed)) expect(code).toBe(1001);
  });
});

describe("examples/https", () => {
  it("serves HTTPS with the certificate that its script makes", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "rollcage-test-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    await promisify(execFile)(process.execPath, [fileOf("create-certificate"), folder]);
    const ca = path.join(folder, "localhost-cert.pem");
    const example = await start("https", {
      TLS_KEY_FILE: path.join(folder, "localhost-key.pem"),
      TLS_CERT_FILE: ca,
    });
    const body = await new Promise<string>((resolve, reject) => {
      httpsRequest(example.url, { ca: readFileSync(ca), agent: false }, (response) => {
        text(response).then(resolve, reject);
      })
        .on("error", reject)
        .end();
    });
    expect(JSON.parse(body)).toEqual({ secure: true, pid: expect.any(Number) });
    await stop(example);
  });
});

describe("examples/express5", () => {
  it("serves an Express 5 app", async () => {
    const example = await start("express5");
    expect(await (await fetch(example.url)).text()).toMatch(/^hello from process \d+\n$/);
    const echo = await fetch(`${example.url}/echo`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"a":[1,2]}',
    });
    expect(await echo.json()).toEqual({ a: [1, 2] });
    await stop(example);
  });
});
