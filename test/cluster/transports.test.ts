import { once } from "node:events";
import { Agent } from "node:http";
import { connect as connectTls } from "node:tls";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { TransportName } from "../../src/index.ts";
import type { TransportAppOptions } from "../fixtures/transport-app.ts";
import { encodeProxyHeader } from "../../src/internal/proxy-protocol.ts";
import { ask, openRaw, sendRaw } from "../helpers/http-client.ts";
import { startTransportServer, type TransportServer } from "../helpers/transport-server.ts";

interface Setting {
  readonly transport: TransportName;
  readonly kind: TransportAppOptions["kind"];
  /** Whether the app sees only whole heads: µWebSockets answers others with 505. */
  readonly wholeHeads: boolean;
  /** Whether HTTP/1.0 and absolute-form targets are served. */
  readonly translates: boolean;
  /** Whether a client may end its half before the answer: µWebSockets closes at once. */
  readonly halfClose: boolean;
  /** Whether connections outlive a worker that had them queued: the kernel resets those of a shared port. */
  readonly keepsQueued: boolean;
}

const settings: readonly Setting[] = [
  {
    transport: "handoff",
    kind: "uws",
    wholeHeads: true,
    translates: true,
    halfClose: false,
    keepsQueued: true,
  },
  {
    transport: "handoff",
    kind: "http",
    wholeHeads: true,
    translates: true,
    halfClose: true,
    keepsQueued: true,
  },
  {
    transport: "proxy",
    kind: "uws",
    wholeHeads: true,
    translates: true,
    halfClose: true,
    keepsQueued: true,
  },
  {
    transport: "proxy",
    kind: "http",
    wholeHeads: true,
    translates: true,
    halfClose: true,
    keepsQueued: true,
  },
  {
    transport: "reuseport",
    kind: "uws",
    wholeHeads: false,
    translates: false,
    halfClose: false,
    keepsQueued: false,
  },
  {
    transport: "reuseport",
    kind: "http",
    wholeHeads: true,
    translates: true,
    halfClose: true,
    keepsQueued: false,
  },
];

const request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

describe.each(settings)("$transport with a $kind app", (setting) => {
  const { transport, kind } = setting;
  /** No test at all where the app cannot do it under this transport. */
  const where = (ability: "wholeHeads" | "translates" | "halfClose") =>
    setting[ability] ? [setting] : [];
  let server: TransportServer;
  beforeAll(async () => {
    server = await startTransportServer({ kind, config: { transport } });
  });
  afterAll(() => server?.kill());

  it("shows the app the client's own address", async () => {
    expect((await ask(server.port, "/ip")).text).toMatch(/^(::ffff:)?127\.0\.0\.1$/);
  });

  it("keeps a connection with its worker", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const workers = new Set<string>();
    for (let i = 0; i < 10; i++) workers.add((await ask(server.port, "/", { agent })).text);
    expect(workers.size).toBe(1);
  });

  it.each(where("wholeHeads"))("serves a head that is cut anywhere", async () => {
    for (let cut = 1; cut < request.length; cut += 3) {
      const socket = openRaw(server.port).setNoDelay(true);
      socket.write(request.slice(0, cut));
      await new Promise((resolve) => setImmediate(resolve));
      socket.write(request.slice(cut));
      expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /);
    }
  });

  it("answers pipelined requests in order", async () => {
    const kept = "GET /bytes?3 HTTP/1.1\r\nHost: x\r\n\r\n";
    const answers = await sendRaw(server.port, `${kept}${kept}${request}`);
    expect(answers.match(/HTTP\/1\.1 200 /g)).toHaveLength(3);
    expect(answers.match(/\r\n\r\nrrr/g)).toHaveLength(2);
  });

  it("carries an upload both ways", async () => {
    const body = Buffer.alloc(2_000_000, "rollcage");
    const echoed = await ask(server.port, "/echo", { method: "POST", body });
    expect(echoed.body.equals(body)).toBe(true);
  });

  it("carries a large answer to a client that reads late", async () => {
    const socket = openRaw(server.port);
    socket.pause();
    socket.write(request.replace("/ ", "/bytes?3000000 "));
    await once(socket, "connect");
    await new Promise((resolve) => setTimeout(resolve, 100));
    const answer = await text(socket);
    expect(answer.slice(answer.indexOf("\r\n\r\n") + 4)).toHaveLength(3_000_000);
  });

  it("streams events as they come", async () => {
    const { text: events } = await ask(server.port, "/events");
    expect(events).toBe("data: 1\n\ndata: 2\n\ndata: 3\n\n");
  });

  it("carries WebSockets", async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/ws`);
    onTestFinished(() => socket.terminate());
    await once(socket, "open");
    for (const message of ["one", "two".repeat(3_000)]) {
      socket.send(message);
      expect(String((await once(socket, "message"))[0])).toBe(message);
    }
    socket.close(1000);
    expect((await once(socket, "close"))[0]).toBe(1000);
  });

  it.each(where("halfClose"))("answers a client that has ended its half", async () => {
    const socket = openRaw(server.port);
    socket.end(request);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each(where("translates"))(
    "serves HTTP/1.0 and absolute-form targets, then closes",
    async () => {
      expect(await sendRaw(server.port, "GET /bytes?5 HTTP/1.0\r\n\r\n")).toMatch(
        /^HTTP\/1\.1 200 (?:.|\r\n)*\r\n\r\nrrrrr$/,
      );
      const posted = "POST /echo HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello";
      expect(await sendRaw(server.port, posted)).toMatch(/\r\n\r\nhello$/);
      const absolute = request.replace("/ ", "http://x/bytes?5 ");
      expect(await sendRaw(server.port, absolute)).toMatch(/\r\n\r\nrrrrr$/);
    },
  );

  it("goes on after a worker has died", async () => {
    const before = server.workers();
    await expect(ask(server.port, "/exit")).rejects.toThrow(/socket hang up|ECONNRESET/);
    const isGone = () => !before.every((pid) => server.workers().includes(pid));
    await expect.poll(() => setting.keepsQueued || isGone()).toBe(true);
    for (let i = 0; i < 4; i++) expect((await ask(server.port)).status).toBe(200);
  });
});

describe.each(settings.filter(({ transport }) => transport !== "proxy"))(
  "$transport with a $kind app that speaks TLS",
  ({ transport, kind }) => {
    it("does the handshake in the worker, which sees the client's address", async () => {
      const server = await startTransportServer({ kind, tls: true, config: { transport } });
      onTestFinished(() => server.kill());
      const socket = connectTls({
        port: server.port,
        host: "127.0.0.1",
        servername: "app.test",
        rejectUnauthorized: false,
      });
      socket.write(request.replace("/ ", "/ip "));
      expect(await text(socket)).toMatch(/\r\n\r\n(::ffff:)?127\.0\.0\.1$/);
    });
  },
);

describe("proxy with a uws app that speaks TLS", () => {
  it("does not take an address from inside the encrypted stream", async () => {
    const server = await startTransportServer({
      kind: "uws",
      tls: true,
      config: { transport: "proxy" },
    });
    onTestFinished(() => server.kill());
    const socket = connectTls({
      port: server.port,
      host: "127.0.0.1",
      rejectUnauthorized: false,
    });
    const forged = { address: "192.0.2.7", port: 1 };
    socket.write(encodeProxyHeader(forged, forged));
    socket.write(request.replace("/ ", "/ip "));
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).not.toContain("192.0.2.7");
  });
});
