import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { countingBytes } from "../fixtures/apps.ts";
import { startTestServer, type TestServer } from "../helpers/test-server.ts";

const MIB = 1_048_576;
const SIZE = 10 * MIB;
const CLIENTS = 8;
const CONTENT = countingBytes(SIZE);

async function memoryOf(server: TestServer): Promise<number> {
  server.say("memory");
  return server.event<number>("MEMORY");
}

/** Asks for an answer of {@link SIZE} and reads it a piece at a time, far slower than the worker sends. */
async function receiveSlowly(port: number, request: string, body?: Buffer): Promise<Buffer> {
  const socket = connect(port, "127.0.0.1");
  socket.write(`${request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n`);
  socket.write(body ? `Content-Length: ${body.length}\r\n\r\n` : "\r\n");
  if (body) socket.write(body);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) {
    chunks.push(chunk);
    await delay(2);
  }
  return Buffer.concat(chunks).subarray(-SIZE);
}

const download = (port: number) => receiveSlowly(port, `GET /bytes?${SIZE}`);
/** The worker takes no more of it than is read back. */
const upload = (port: number) => receiveSlowly(port, "POST /echo", CONTENT);

describe("proxy", () => {
  it.each([
    ["downloads", download],
    ["uploads", upload],
  ])("relays 10 MiB %s of slow clients without keeping them in memory", async (_name, client) => {
    const server = await startTestServer({ app: "http.Server", config: { transport: "proxy" } });
    await client(server.port); // Warmed up: what is measured is growth, not start-up.
    const before = await memoryOf(server);
    let peak = before;
    const clients = Promise.all(Array.from({ length: CLIENTS }, () => client(server.port)));
    const sampler = setInterval(() => {
      void memoryOf(server).then((bytes) => (peak = Math.max(peak, bytes)));
    }, 50);
    const received = await clients.finally(() => clearInterval(sampler));
    expect(received.map(({ length }) => length)).toEqual(Array(CLIENTS).fill(SIZE));
    for (const bytes of received) expect(bytes.equals(CONTENT)).toBe(true);
    // Of 80 MiB in flight, each connection may hold two buffers of 64 KiB, and the garbage of as many.
    expect(peak - before).toBeLessThan(30 * MIB);
  });

  it("answers a client that has closed its sending side", async () => {
    for (const app of ["uws", "http.Server"] as const) {
      const server = await startTestServer({ app, config: { transport: "proxy" } });
      const socket = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
      socket.setEncoding("latin1");
      socket.end("GET /slow?300 HTTP/1.1\r\nHost: x\r\n\r\n");
      const [answer] = await once(socket, "data");
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
      socket.destroy();
    }
  });
});
