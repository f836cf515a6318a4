import http from "node:http";
import type { AddressInfo } from "node:net";
import serveStaticOfExpress from "serve-static";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveStatic } from "../../../safety/index.ts";
import { startServer, type TestServer } from "../../helpers/real-backend.ts";
import { sendRequest, type Answer } from "../../helpers/send-request.ts";
import { createStaticFiles, MODIFIED, type StaticFiles } from "../../helpers/static-files.ts";

// `send` answers errors with a page of its own, and has weak tags made from size and date. Everything else must be
// the same, or is in the list at the end with its reason.

let files: StaticFiles;
let ours: TestServer;
let fromDisk: TestServer;
let theirs: http.Server;

beforeAll(async () => {
  files = createStaticFiles();
  ours = await startServer((app) => {
    app.any("/*", serveStatic(files.directory));
  });
  fromDisk = await startServer((app) => {
    app.any("/*", serveStatic(files.directory, { memory: false }));
  });
  const middleware = serveStaticOfExpress(files.directory, { fallthrough: false });
  theirs = http.createServer((req, res) => {
    middleware(req, res, (error: { status?: number } | undefined) => {
      res.statusCode = error?.status ?? 404;
      res.end();
    });
  });
  await new Promise<void>((resolve) => {
    theirs.listen(0, "127.0.0.1", resolve);
  });
});

afterAll(() => {
  ours.close();
  fromDisk.close();
  theirs.close();
  files.remove();
});

interface Case {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const date = MODIFIED.toUTCString();
const later = new Date(MODIFIED.getTime() + 1_000).toUTCString();
const earlier = new Date(MODIFIED.getTime() - 1_000).toUTCString();

const cases: readonly Case[] = [
  { path: "/" },
  { path: "/", method: "HEAD" },
  { path: "/hello.txt" },
  { path: "/hello.txt?a=1" },
  { path: "/hello.txt", method: "HEAD" },
  { path: "/empty.txt" },
  { path: "/empty.txt", method: "HEAD" },
  { path: "/folder/" },
  { path: "/folder/page.html" },
  { path: "/folder" },
  { path: "/folder?a=1" },
  { path: "/bare/" },
  { path: "/hello.txt/" },
  { path: "/none.txt" },
  { path: "/none/none.txt" },
  { path: "/data.unknownext" },
  { path: "/image.png" },
  { path: "/large.bin" },
  { path: "/large.bin", method: "HEAD" },
  { path: "/%C3%BC%20ber.txt" },
  { path: "/100%25.txt" },
  { path: "/%68ello.txt" },
  { path: "/.env" },
  { path: "/.well/known.txt" },
  { path: "/link-in.txt" },
  { path: "/%zz" },
  { path: `/${"a".repeat(300)}` },
  { path: "/hello.txt", headers: { "if-modified-since": date } },
  { path: "/hello.txt", headers: { "if-modified-since": later } },
  { path: "/hello.txt", headers: { "if-modified-since": earlier } },
  { path: "/hello.txt", headers: { "if-modified-since": "never" } },
  { path: "/hello.txt", headers: { "if-none-match": "*" } },
  { path: "/hello.txt", headers: { "if-none-match": '"other"' } },
  { path: "/hello.txt", headers: { "if-none-match": '"other"', "if-modified-since": date } },
  { path: "/hello.txt", headers: { "if-none-match": "*", "cache-control": "no-cache" } },
  { path: "/hello.txt", headers: { "if-match": "*" } },
  { path: "/hello.txt", headers: { "if-match": '"other"' } },
  { path: "/hello.txt", headers: { "if-unmodified-since": date } },
  { path: "/hello.txt", headers: { "if-unmodified-since": earlier } },
  { path: "/hello.txt", method: "HEAD", headers: { "if-none-match": "*" } },
  { path: "/hello.txt", headers: { range: "bytes=0-4" } },
  { path: "/hello.txt", headers: { range: "bytes=6-" } },
  { path: "/hello.txt", headers: { range: "bytes=-5" } },
  { path: "/hello.txt", headers: { range: "bytes=0-100" } },
  { path: "/hello.txt", headers: { range: "bytes=0-3,2-4" } },
  { path: "/hello.txt", headers: { range: "bytes=20-30" } },
  { path: "/hello.txt", headers: { range: "bytes=4-2" } },
  { path: "/hello.txt", headers: { range: "bytes=x" } },
  { path: "/hello.txt", headers: { range: "lines=0-1" } },
  { path: "/hello.txt", method: "HEAD", headers: { range: "bytes=0-4" } },
  { path: "/hello.txt", headers: { range: "bytes=0-4", "if-range": date } },
  { path: "/hello.txt", headers: { range: "bytes=0-4", "if-range": earlier } },
  { path: "/hello.txt", headers: { range: "bytes=0-4", "if-range": '"other"' } },
  { path: "/hello.txt", headers: { range: "bytes=0-4", "if-none-match": "*" } },
  { path: "/empty.txt", headers: { range: "bytes=0-" } },
  { path: "/large.bin", headers: { range: "bytes=1048570-2097160" } },
  { path: "/large.bin", headers: { range: "bytes=-1" } },
  { path: "/folder", method: "HEAD" },
  { path: "/hello.txt", method: "POST" },
  { path: "/none.txt", method: "POST" },
];

/** What has a meaning to a client; of an error only the status, and what the status needs. */
function essence({ status, headers, body }: Answer) {
  const names =
    status < 300
      ? ["accept-ranges", "cache-control", "last-modified", "content-type", "content-length"]
      : ["location", "allow"];
  const kept = [...names, "content-range"].map((name) => [name, headers[name]]);
  return {
    status,
    headers: Object.fromEntries(kept),
    body: status < 300 ? body.toString("latin1") : "",
  };
}

const urlOf = (port: number, { path }: Case) => `http://127.0.0.1:${port}${path}`;

describe("serveStatic", () => {
  it.each(cases)("answers $method $path with $headers as send does", async (request) => {
    const { method = "GET", headers } = request;
    const options = { method, ...(headers && { headers }) };
    const { port } = theirs.address() as AddressInfo;
    const expected = essence(await sendRequest(urlOf(port, request), options));
    for (const server of [ours, fromDisk]) {
      const answer = await sendRequest(urlOf(server.port, request), options);
      expect(essence(answer)).toEqual(expected);
    }
    // The second time it comes from memory.
    expect(essence(await sendRequest(urlOf(ours.port, request), options))).toEqual(expected);
  });

  it.each([
    {
      reason: "NUL and backslash name no file; send calls the first malformed",
      request: { path: "/hello.txt%00" },
      send: 400,
      rollcage: 404,
    },
    {
      reason: "a link that leads out of the directory is not followed",
      request: { path: "/link-out.txt" },
      send: 200,
      rollcage: 404,
    },
    {
      reason: "several ranges are answered; send gives the whole",
      request: { path: "/hello.txt", headers: { range: "bytes=0-1,5-6" } },
      send: 200,
      rollcage: 206,
    },
    {
      reason:
        "a date in If-Range must be that of the file, not merely later (RFC 9110 section 13.1.5)",
      request: { path: "/hello.txt", headers: { range: "bytes=0-1", "if-range": later } },
      send: 206,
      rollcage: 200,
    },
    {
      reason: "a loop of links is no file; send calls it an error of the server",
      request: { path: "/loop" },
      send: 500,
      rollcage: 404,
    },
  ])("differs from send where $reason", async ({ request, send, rollcage }) => {
    const { port } = theirs.address() as AddressInfo;
    const options = request.headers
      ? { headers: { ...request.headers } as Record<string, string> }
      : {};
    expect((await sendRequest(urlOf(port, request as Case), options)).status).toBe(send);
    for (const server of [ours, fromDisk]) {
      expect((await sendRequest(urlOf(server.port, request as Case), options)).status).toBe(
        rollcage,
      );
    }
  });
});
