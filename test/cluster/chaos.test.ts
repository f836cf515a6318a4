import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { ask } from "../helpers/http-client.ts";
import { startLoad } from "../helpers/load.ts";
import { logFigures } from "../helpers/log-figures.ts";
import { childrenOf, isAlive } from "../helpers/processes.ts";
import { startTestServer, type TestServer } from "../helpers/test-server.ts";

const CHAOS_MS = 30_000;
const KILL_EVERY_MS = 2_000;

/** How much slower than usual others may be while somebody attacks; below the floor nobody notices. */
const SLOWDOWN = 3;
const FLOOR_MS = 50;

async function workersOf(server: TestServer): Promise<number[]> {
  const pids = new Set<number>();
  while (pids.size < server.result.workers!) pids.add(Number((await ask(server.port)).text));
  return [...pids];
}

const p99 = (latenciesMs: readonly number[]) =>
  latenciesMs.toSorted((a, b) => a - b)[Math.floor(latenciesMs.length * 0.99)] ?? 0;

describe("startServer, when workers are killed under load", () => {
  it(
    "loses only requests in flight on the one that dies, and replaces it",
    async () => {
      // Longer than a worker takes to start on a busy machine.
      const server = await startTestServer({ app: "uws", config: { backendWaitMs: 10_000 } });
      const { port } = server;
      const kept = startLoad({ port, connections: 32 });
      const fresh = startLoad({ port, connections: 2, requestsPerConnection: 1 });
      await kept.answered(1_000);
      let kills = 0;
      for (const end = performance.now() + CHAOS_MS; performance.now() < end; kills++) {
        const pids = childrenOf(server.child.pid!);
        process.kill(pids[Math.floor(Math.random() * pids.length)]!, "SIGKILL");
        await server.event("WORKER_EXIT");
        await delay(KILL_EVERY_MS);
      }
      const reports = [await kept.stop(), await fresh.stop()];
      logFigures(
        `${kills} kills: ` +
          reports
            .map(
              ({ answered, retried, failures }) =>
                `${answered} answered, ${retried} retried, ${failures.length} failed`,
            )
            .join("; "),
      );
      // One request in flight on each connection to the victim at most.
      expect(reports[0]!.failures.length + reports[0]!.retried).toBeLessThanOrEqual(32 * kills);
      // Of fresh ones, two at a time.
      expect(reports[1]!.failures.length).toBeLessThanOrEqual(2 * kills);
      // Whoever waits longer than backendWaitMs is refused with 503.
      for (const { failures } of reports) expect(failures).not.toContain("status 503");
      // The pause before the next worker may have grown to 10 s by now.
      await expect
        .poll(() => childrenOf(server.child.pid!).length, { timeout: 15_000 })
        .toBe(server.result.workers);
      expect(await workersOf(server)).toHaveLength(2);
    },
    CHAOS_MS + 30_000,
  );
});

describe("startServer, when a worker hangs", () => {
  it.each([
    ["is stopped", (pid: number) => void process.kill(pid, "SIGSTOP")],
    [
      "runs an endless loop",
      (_pid: number, port: number) => {
        connect(port, "127.0.0.1")
          .on("error", () => {})
          .write("GET /loop HTTP/1.1\r\nHost: x\r\n\r\n");
      },
    ],
  ] as const)("replaces one that %s, and serves everyone else meanwhile", async (_name, hang) => {
    const server = await startTestServer({ app: "uws", config: { workerHangTimeoutMs: 4_000 } });
    const pids = await workersOf(server);
    const hungAt = performance.now();
    hang(pids[0]!, server.port);
    // Once it has missed a ping, nobody new is sent to it.
    await delay(2_200);
    const load = startLoad({ port: server.port, connections: 4, requestsPerConnection: 1 });
    const { pid } = await server.event<{ pid: number }>("WORKER_HANG");
    expect(performance.now() - hungAt).toBeLessThan(4_000 + 2_000);
    await server.event("WORKER_READY");
    const { failures, answered } = await load.stop();
    expect(failures).toEqual([]);
    expect(answered).toBeGreaterThan(10);
    expect(isAlive(pid)).toBe(false);
    expect(await workersOf(server)).not.toContain(pid);
    await server.output.next(
      /has not answered for 4000 ms and is killed; the last connection came to it with GET \//,
    );
  });
});

describe("startServer, when a worker leaks", () => {
  it("replaces it before it is too large, without a failed request", async () => {
    const server = await startTestServer({
      app: "leaks",
      config: { workers: 1, maxWorkerRssBytes: 220_000_000, workerHeartbeatIntervalMs: 100 },
    });
    const load = startLoad({ port: server.port, connections: 4 });
    const { pid: first } = await server
      .event<{ pid: number }>("WORKER_READY")
      .catch(() => ({ pid: 0 }));
    await server.output.next(/is replaced: its memory of \d+ bytes is over maxWorkerRssBytes/);
    await server.event("WORKER_EXIT");
    const { failures, bodies } = await load.stop();
    expect(failures).toEqual([]);
    expect(bodies.size).toBeGreaterThanOrEqual(2);
    expect(isAlive(first)).toBe(true);
  });
});

describe("stopServer, under load", () => {
  it.each([
    ["uws", "handoff"],
    ["uws", "proxy"],
    ["http.Server", "handoff"],
  ] as const)("answers every request of %s under %s that was accepted", async (app, transport) => {
    const server = await startTestServer({ app, config: { transport } });
    const load = startLoad({ port: server.port, connections: 32 });
    await load.answered(2_000);
    server.child.kill("SIGTERM");
    expect(await server.exit).toEqual({ code: 0, signal: null });
    const { failures } = await load.stop();
    // Afterwards nobody listens: that is no request that was accepted.
    expect(failures.filter((failure) => !failure.startsWith("ECONNREFUSED"))).toEqual([]);
    expect(childrenOf(server.child.pid!)).toEqual([]);
  });
});

describe("startServer, under attack", () => {
  const attacks: readonly [name: string, connections: number, bytes: string][] = [
    ["500 clients that never finish their head", 500, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "],
    ["5 000 clients that say nothing", 5_000, ""],
  ];

  it.each(attacks)("serves others as before beside %s", async (_name, count, bytes) => {
    const server = await startTestServer({ app: "uws", config: { headersTimeoutMs: 3_000 } });
    const { port } = server;
    const usual = startLoad({ port, connections: 4, requestsPerConnection: 10 });
    await usual.answered(3_000);
    const before = p99((await usual.stop()).latenciesMs);
    server.say("memory");
    const memoryBefore = await server.event<number>("MEMORY");

    const attackers = await openMany(port, count, bytes);
    onTestFinished(() => attackers.forEach((socket) => socket.destroy()));
    const others = startLoad({ port, connections: 4, requestsPerConnection: 10 });
    await others.answered(3_000);
    const { failures, latenciesMs } = await others.stop();
    server.say("memory");
    const memoryAfter = await server.event<number>("MEMORY");
    expect(failures).toEqual([]);
    expect(p99(latenciesMs)).toBeLessThan(Math.max(FLOOR_MS, SLOWDOWN * before));
    expect(memoryAfter - memoryBefore).toBeLessThan(count * 20_000 + 30_000_000);
    // Nobody is kept for longer than headersTimeoutMs.
    const open = attackers.filter(({ destroyed }) => !destroyed);
    await Promise.all(open.map((socket) => once(socket, "close")));
  });

  it("is not held up by clients that vanish after their first bytes", async () => {
    const server = await startTestServer({ app: "uws" });
    const vanishing = await openMany(
      server.port,
      500,
      "GET /slow?60000 HTTP/1.1\r\nHost: x\r\n\r\n",
    );
    for (const socket of vanishing) socket.resetAndDestroy();
    const load = startLoad({ port: server.port, connections: 4, requestsPerConnection: 1 });
    await load.answered(200);
    expect((await load.stop()).failures).toEqual([]);
  });
});

/** Opens connections a few at a time, sends each the same bytes, and leaves them. */
async function openMany(port: number, count: number, bytes: string): Promise<Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const some = Array.from({ length: Math.min(100, count - sockets.length) }, () => {
      const socket = connect(port, "127.0.0.1").on("error", () => {});
      socket.resume();
      return socket;
    });
    await Promise.all(some.map((socket) => once(socket, "connect")));
    for (const socket of some) if (bytes !== "") socket.write(bytes);
    sockets.push(...some);
  }
  return sockets;
}
