import { Agent } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { ask } from "../helpers/http-client.ts";
import { cpuTicks, isAlive, untilGone } from "../helpers/processes.ts";
import { startProgram, startTestServer, type TestServer } from "../helpers/test-server.ts";

const STOPS_EARLY = fileURLToPath(new URL("../fixtures/stops-early.ts", import.meta.url));

const apps = ["ultimate-express", "uws", "http.Server"] as const;

async function workerPids(server: TestServer): Promise<number[]> {
  const pids = new Set<number>();
  while (pids.size < 2) pids.add(Number((await ask(server.port)).text));
  return [...pids];
}

/** The code that a request fails with. */
function failureOf(request: Promise<unknown>): Promise<string> {
  return request.then(
    () => "none",
    (error: NodeJS.ErrnoException) => error.code ?? "unknown",
  );
}

/** Resolves once one of these processes uses its core without a pause. */
async function untilBusy(pids: readonly number[]): Promise<void> {
  const before = new Map(pids.map((pid) => [pid, cpuTicks(pid)]));
  await expect
    .poll(() => Math.max(...pids.map((pid) => cpuTicks(pid) - before.get(pid)!)), {
      timeout: 5_000,
    })
    .toBeGreaterThan(20);
}

describe("stopServer", () => {
  it.each(apps)(
    "lets a request of %s in flight finish, and exits with 0 on SIGTERM",
    async (app) => {
      const server = await startTestServer({ app });
      const pids = await workerPids(server);
      const agent = new Agent({ keepAlive: true });
      onTestFinished(() => agent.destroy());
      const slow = ask(server.port, "/slow?700", { agent });
      const idle = await ask(server.port, "/", { agent });
      expect(idle.status).toBe(200);
      server.child.kill("SIGTERM");
      const answer = await slow;
      expect(answer.status).toBe(200);
      expect(answer.headers.connection).toBe("close");
      expect(await server.exit).toEqual({ code: 0, signal: null });
      for (const pid of pids) expect(isAlive(pid)).toBe(false);
    },
  );

  it("does the same when Ctrl-C reaches the whole process group", async () => {
    const server = await startTestServer({ app: "ultimate-express" });
    const slow = ask(server.port, "/slow?700");
    await server.output.next(/./); // Whatever it has printed: the request is on its way by then.
    await ask(server.port);
    process.kill(-server.child.pid!, "SIGINT");
    expect((await slow).status).toBe(200);
    expect(await server.exit).toEqual({ code: 0, signal: null });
  });

  it("lets a request finish under the longest deadline that can be set", async () => {
    const config = { gracefulShutdownTimeoutMs: 2_147_483_647 };
    const server = await startTestServer({ app: "uws", config });
    const slow = ask(server.port, "/slow?700");
    await ask(server.port);
    server.child.kill("SIGTERM");
    expect((await slow).status).toBe(200);
    expect((await server.exit).code).toBe(0);
  });

  it("cuts what is still in flight at the deadline", async () => {
    const server = await startTestServer({
      app: "ultimate-express",
      config: { gracefulShutdownTimeoutMs: 300 },
    });
    const cut = failureOf(ask(server.port, "/slow?60000"));
    await ask(server.port);
    server.child.kill("SIGTERM");
    expect(await cut).toBe("ECONNRESET");
    expect(await server.exit).toEqual({ code: 0, signal: null });
  });

  it("stops at once when it is not graceful, and leaves the program running", async () => {
    const server = await startTestServer({ app: "uws" });
    const pids = await workerPids(server);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    await ask(server.port, "/", { agent }); // From here on a worker has this connection.
    const cut = failureOf(ask(server.port, "/slow?60000", { agent }));
    server.say("kill");
    await server.event("STOPPED");
    expect(await cut).toBe("ECONNRESET");
    for (const pid of pids) expect(isAlive(pid)).toBe(false);
    expect(await server.exit).toEqual({ code: 0, signal: null });
  });

  it("may be asked for by a worker, and leaves the primary free to start again", async () => {
    const server = await startTestServer({ app: "listener" });
    await ask(server.port, "/stop");
    server.say("start");
    const again = await server.event<{ port: number }>("READY");
    expect((await ask(again.port)).status).toBe(200);
  });

  it("is not cut short by a second call, nor by a signal that comes twice, but by a later one", async () => {
    const server = await startTestServer({ app: "uws" });
    const cut = failureOf(ask(server.port, "/slow?60000"));
    await ask(server.port);
    server.say("stop");
    server.say("kill");
    server.child.kill("SIGTERM");
    server.child.kill("SIGTERM");
    await server.output.next(/SIGTERM, finishing/);
    const answeredFirst = await Promise.race([cut, delay(700).then(() => "still in flight")]);
    expect(answeredFirst).toBe("still in flight");
    server.child.kill("SIGTERM");
    await server.output.next(/SIGTERM again, stopping at once/);
    expect(await cut).toBe("ECONNRESET");
    expect((await server.exit).code).toBe(1);
  });

  it("does not wait for shutdownDelayMs once a second signal has come", async () => {
    const config = { shutdownDelayMs: 600_000 };
    const server = await startTestServer({ app: "uws", config });
    server.child.kill("SIGTERM");
    await server.output.next(/SIGTERM, finishing/);
    await delay(600); // One sooner would be taken for the same request.
    server.child.kill("SIGTERM");
    expect((await server.exit).code).toBe(1);
  });

  it.each(["handoff", "proxy"])(
    "leaves nothing of %s behind that would keep the program alive, however early it is called",
    async (transport) => {
      const { output, exit } = startProgram(STOPS_EARLY, [transport]);
      await output.next(/the server was stopped/);
      expect((await exit).code).toBe(0);
    },
  );

  it("leaves no worker behind when the primary is killed, not even one that hangs", async () => {
    const server = await startTestServer({ app: "uws" });
    const pids = await workerPids(server);
    const hung = failureOf(ask(server.port, "/loop"));
    await untilBusy(pids);
    server.child.kill("SIGKILL");
    await server.exit;
    for (const pid of pids) await expect(untilGone(pid)).resolves.toBeUndefined();
    expect(await hung).toBe("ECONNRESET");
  });
});
