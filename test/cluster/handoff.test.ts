import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text as readAll } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { ask, openRaw } from "../helpers/http-client.ts";
import { startTransportServer, type TransportServer } from "../helpers/transport-server.ts";
import type { TransportAppOptions } from "../fixtures/transport-app.ts";

const hasAb = spawnSync("ab", ["-V"]).status === 0;
const hasNginx = spawnSync("nginx", ["-v"]).status === 0;

async function start(options: TransportAppOptions): Promise<TransportServer> {
  const server = await startTransportServer(options);
  onTestFinished(() => server.kill());
  return server;
}

const handoff = { transport: "handoff" } as const;
const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);
const socketsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

describe("HandoffTransport", () => {
  it.each(["uws", "http"] as const)(
    "counts 1 000 WebSockets of a %s app up, and down to 0 when they close",
    async (kind) => {
      const server = await start({ kind, config: handoff });
      const sockets: WebSocket[] = [];
      onTestFinished(() => sockets.forEach((socket) => socket.terminate()));
      for (let round = 0; round < 10; round++) {
        const opened = Array.from({ length: 100 }, async () => {
          const socket = new WebSocket(`ws://127.0.0.1:${server.port}/ws`);
          sockets.push(socket);
          await once(socket, "open");
        });
        await Promise.all(opened);
      }
      expect(await server.counts()).toEqual([500, 500]);
      for (const [i, socket] of sockets.entries()) {
        if (i % 2 === 0) socket.close();
        else socket.terminate();
      }
      await expect.poll(async () => sum(await server.counts()), { timeout: 10_000 }).toBe(0);
    },
  );

  it("counts what it hands over at once, so that a burst is shared out", async () => {
    const config = { ...handoff, workers: 3, slowStartMs: 0 };
    const server = await start({ kind: "uws", balancer: "leastConnections", config });
    const clients = Array.from({ length: 90 }, () => openRaw(server.port));
    onTestFinished(() => clients.forEach((client) => client.destroy()));
    for (const client of clients) client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await Promise.all(clients.map((client) => once(client, "data")));
    expect(await server.counts()).toEqual([30, 30, 30]);
  });

  it("leaves no descriptor behind after 50 000 connections while workers are killed", async () => {
    const server = await start({ kind: "uws", config: handoff });
    const primary = server.child.pid!;
    await ask(server.port);
    const before = socketsOf(primary);
    let sent = 0;
    let served = 0;
    const client = async (): Promise<void> => {
      while (sent < 50_000) {
        if (++sent % 10_000 === 0) process.kill(server.workers()[0]!, "SIGKILL");
        if (await isServed(server.port)) served++;
      }
    };
    await Promise.all(Array.from({ length: 64 }, client));
    // A worker that is killed takes what it was serving with it, and nothing else.
    expect(served).toBeGreaterThan(50_000 - 5 * 64);
    await expect.poll(() => server.workers().length, { timeout: 20_000 }).toBe(2);
    await expect.poll(() => socketsOf(primary), { timeout: 10_000 }).toBeLessThanOrEqual(before);
    const [first, second] = server.workers();
    await expect.poll(() => socketsOf(first!) - socketsOf(second!), { timeout: 10_000 }).toBe(0);
  }, 180_000);

  it("gives the connections of a worker that is killed unread to another", async () => {
    const server = await start({
      kind: "http",
      config: { ...handoff, workerHangTimeoutMs: 1_000 },
    });
    const [stopped] = server.workers();
    process.kill(stopped!, "SIGSTOP");
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(server.port)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(answers.some(({ text }) => text === String(stopped))).toBe(false);
  });

  it.skipIf(!hasAb)("serves ab, which speaks HTTP/1.0", async () => {
    const server = await start({ kind: "uws", config: handoff });
    const ab = spawn("ab", ["-q", "-n", "200", "-c", "4", `http://127.0.0.1:${server.port}/`]);
    const report = await readAll(ab.stdout);
    expect(report).toMatch(/Complete requests: +200\n/);
    expect(report).toMatch(/Failed requests: +0\n/);
    expect(report).not.toContain("Non-2xx");
  });

  it.skipIf(!hasNginx)(
    "serves an nginx with its default proxy_pass, which speaks HTTP/1.0",
    async () => {
      const server = await start({ kind: "uws", config: handoff });
      const port = await startNginx(server.port);
      for (const [route, body] of [
        ["/bytes?5", undefined],
        ["/echo", "rrrrr"],
      ] as const) {
        const reply = await ask(port, route, body ? { method: "POST", body } : {});
        expect([reply.status, reply.text]).toEqual([200, "rrrrr"]);
      }
    },
  );

  it("lives on without descriptors for more clients, and serves them when others go", async () => {
    const config = { ...handoff, backendWaitMs: 60_000 };
    const server = await startTransportServer({ kind: "http", config }, 100);
    onTestFinished(() => server.kill());
    const workers = server.workers();
    let answered = 0;
    const clients = Array.from({ length: 200 }, () => {
      const client = openRaw(server.port).once("data", () => answered++);
      client.on("error", () => {});
      client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      return client;
    });
    onTestFinished(() => clients.forEach((client) => client.destroy()));
    await expect.poll(() => answered, { timeout: 20_000 }).toBeGreaterThan(80);
    for (const client of clients) client.once("data", () => client.destroy());
    for (const client of clients) if (client.bytesRead > 0) client.destroy();
    await expect.poll(() => answered, { timeout: 20_000 }).toBe(200);
    expect((await ask(server.port)).status).toBe(200);
    expect(server.workers()).toEqual(workers);
  });
});

describe("reuseport", () => {
  it.each([false, true])(
    "reports a port that another process has, shared: %s",
    async (reusePort) => {
      const other = createServer().listen({ port: 0, host: "127.0.0.1", reusePort });
      onTestFinished(() => void other.close());
      await once(other, "listening");
      const address = other.address();
      const port = typeof address === "object" ? address!.port : 0;
      const config = { transport: "reuseport", port } as const;
      await expect(startTransportServer({ kind: "uws", config })).rejects.toThrow(
        "ERR_ROLLCAGE_ADDRESS_IN_USE",
      );
    },
  );
});

/** Whether a request on a connection of its own was answered. */
function isServed(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket: Socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer.startsWith("HTTP/1.1 200")));
    socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  });
}

async function startNginx(upstream: number): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), "rollcage-nginx-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  const port = typeof address === "object" ? address!.port : 0;
  await new Promise((resolve) => probe.close(resolve));
  const config = `
    daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
    events {}
    http {
      access_log off;
      client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
      fastcgi_temp_path ${folder}/a; uwsgi_temp_path ${folder}/b; scgi_temp_path ${folder}/c;
      server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${upstream}; } }
    }`;
  writeFileSync(path.join(folder, "nginx.conf"), config);
  const nginx = spawn("nginx", ["-p", folder, "-c", path.join(folder, "nginx.conf")]);
  onTestFinished(() => void nginx.kill("SIGKILL"));
  await expect
    .poll(() =>
      ask(port).then(
        ({ status }) => status,
        () => 0,
      ),
    )
    .toBe(200);
  return port;
}
