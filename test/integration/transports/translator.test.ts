import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeClient, PREFIX_BYTES, restBytes } from "../../../src/internal/proxy-protocol.ts";
import { Translator } from "../../../src/transports/translator.ts";

const answer =
  "HTTP/1.1 200 OK\r\nX-A: 1\r\nX-A: 2\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";

const absolute = (target: string): string => `GET http://a${target} HTTP/1.1\r\nHost: a\r\n\r\n`;

describe("Translator", () => {
  let folder: string;
  let worker: Server;
  let front: Server;
  /** What the worker got: the client by its PROXY header, and the request behind it. */
  let received: { client: unknown; request: string }[];
  let reply: (socket: Socket) => void;

  const workerPath = (): string => path.join(folder, "worker");

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "rollcage-translator-"));
    received = [];
    reply = (socket) => socket.end(answer);
    worker = createServer((socket) => {
      let bytes = Buffer.alloc(0);
      socket.on("error", () => {});
      socket.on("data", (chunk) => {
        bytes = Buffer.concat([bytes, chunk]);
        const end = PREFIX_BYTES + (restBytes(bytes.subarray(0, PREFIX_BYTES)) ?? 0);
        const request = bytes.toString("latin1", end);
        if (!isWhole(request)) return;
        const client = decodeClient(
          bytes.subarray(0, PREFIX_BYTES),
          bytes.subarray(PREFIX_BYTES, end),
        );
        received.push({ client, request });
        reply(socket);
      });
    }).listen(workerPath());
    await once(worker, "listening");
    const translator = new Translator({ maxHeaderBytes: 16_384 });
    front = createServer({ allowHalfOpen: true }, (socket) => {
      translator.serve(socket, { kind: "unix", path: workerPath() });
    }).listen(0, "127.0.0.1");
    await once(front, "listening");
  });

  afterEach(() => {
    worker.close();
    front.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const isWhole = (request: string): boolean =>
    /^GET|^HEAD|^OPTIONS/.test(request)
      ? request.endsWith("\r\n\r\n")
      : /\r\n\r\n(.*hello|5\r\nhello\r\n0\r\n\r\n)$/s.test(request);

  async function send(bytes: string): Promise<{ answer: string; localPort: number }> {
    const address = front.address();
    const socket = connect(typeof address === "object" ? address!.port : 0, "127.0.0.1");
    socket.on("error", () => {});
    await once(socket, "connect");
    const { localPort } = socket;
    socket.write(bytes);
    return { answer: await text(socket), localPort: localPort! };
  }

  it("makes one of HTTP/1.1 of a request of HTTP/1.0, with the client's address before it", async () => {
    const { answer: got, localPort } = await send("GET /a?b HTTP/1.0\r\nX-B: c\r\n\r\n");
    expect(received).toEqual([
      {
        client: { address: "127.0.0.1", port: localPort },
        request: expect.stringMatching(
          /^GET \/a\?b HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\nX-B: c\r\nConnection: close\r\n\r\n$/,
        ),
      },
    ]);
    expect(got).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(got).toMatch(/X-A: 1\r\nX-A: 2\r\n/);
    expect(got).toMatch(/\r\n\r\nok$/);
  });

  it.each([
    [
      "GET http://a.b/c?d HTTP/1.1\r\nHost: other\r\n\r\n",
      /^GET \/c\?d HTTP\/1\.1\r\nHost: a\.b\r\n/,
    ],
    ["GET http://a.b?d HTTP/1.1\r\nHost: other\r\n\r\n", /^GET \/\?d HTTP\/1\.1\r\nHost: a\.b\r\n/],
    ["OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", /^OPTIONS \/ HTTP\/1\.1\r\nHost: x\r\n/],
    ["HEAD / HTTP/1.0\r\nHost: x\r\n\r\n", /^HEAD \/ HTTP\/1\.1\r\nHost: x\r\n/],
    [
      "POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello",
      /\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello$/,
    ],
    [
      "POST http://a/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
      /\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/,
    ],
  ])("translates %j", async (sent, request) => {
    await send(sent);
    expect(received[0]?.request).toMatch(request);
  });

  it("leaves out what is about one connection only", async () => {
    const hops = "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nUpgrade: h2c\r\n";
    await send(`GET / HTTP/1.0\r\nHost: x\r\n${hops}\r\n`);
    expect(received[0]?.request).toBe("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  });

  it("keeps the length of a body that the client calls a header of its connection", async () => {
    // Without it the body would be read as requests, before which the worker takes a PROXY header.
    const hidden = "GET /2 HTTP/1.1\r\nHost: x\r\n\r\n";
    const head = `Content-Length: ${hidden.length}\r\nConnection: content-length\r\n\r\n`;
    await send(`GET /1 HTTP/1.0\r\n${head}${hidden}`);
    expect(received[0]?.request).toMatch(/\r\nContent-Length: 28\r\n/);
  });

  it.each(["HTTP/1.1 000 No", "HTTP/1.1 200 O\x01K"])(
    "answers 503 when the worker answers %j, which nobody may pass on",
    async (line) => {
      reply = (socket) => socket.end(`${line}\r\nContent-Length: 0\r\n\r\n`);
      expect((await send("GET / HTTP/1.0\r\n\r\n")).answer).toMatch(
        /^HTTP\/1\.1 503 Service Unavailable\r\n/,
      );
    },
  );

  it("forwards one request of a connection", async () => {
    await send("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /2 HTTP/1.0\r\n\r\n");
    expect(received.map(({ request }) => request.slice(0, 6))).toEqual(["GET /1"]);
  });

  it("answers 503 when the worker is gone, and 400 what node:http does not take", async () => {
    worker.close();
    await once(worker, "close");
    expect((await send("GET / HTTP/1.0\r\n\r\n")).answer).toMatch(/^HTTP\/1\.1 503 /);
    expect((await send("BREW / HTTP/1.0\r\n\r\n")).answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it("cuts the client off when the worker dies within its answer", async () => {
    reply = (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok");
    const { answer: cut } = await send("GET / HTTP/1.0\r\n\r\n");
    expect(cut).toMatch(/Content-Length: 9\r\n(?:.+\r\n)*\r\nok$/);
  });

  it("answers the first request of a client that sends another one behind it", async () => {
    const { answer: got } = await send("GET /a HTTP/1.0\r\n\r\nGET /b HTTP/1.0\r\n\r\n");
    expect(got).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(received).toHaveLength(1);
  });

  it("stops reading what a client sends behind its request, and answers that", async () => {
    const { promise: asked, resolve } = Promise.withResolvers<Socket>();
    reply = resolve;
    const accepted = once(front, "connection");
    const got = send(absolute("/a") + absolute("/b").repeat(10_000));
    const [client] = (await accepted) as [Socket];
    const upstream = await asked;
    if (!client.isPaused()) await once(client, "pause");
    upstream.end(answer);
    expect((await got).answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(client.bytesRead).toBeLessThan(200_000);
    expect(received).toHaveLength(1);
  });

  it("answers a body that cannot be read with 400, where nothing else is out", async () => {
    const head = "POST http://a/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    const { answer: got } = await send(`${head}5\r\nhello\r\nzz\r\n`);
    expect(got).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[^]*Connection: close\r\n/);
  });
});
