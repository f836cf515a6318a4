import { describe, expect, it, onTestFinished } from "vitest";
import { setTimeout as delay } from "node:timers/promises";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { ask, openRaw, sendRaw } from "../helpers/http-client.ts";
import { startProgram } from "../helpers/test-server.ts";

const program = fileURLToPath(new URL("../fixtures/telemetry-app.ts", import.meta.url));

interface Point {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value: unknown;
}

interface Metrics {
  readonly inMemory: {
    readonly counters: Readonly<Record<string, readonly { value: number }[]>>;
    readonly histograms: readonly string[];
    readonly gauges: readonly string[];
  };
  readonly sdk: Readonly<Record<string, { readonly points: readonly Point[] }>>;
}

async function start(transport: "auto" | "proxy", env: Record<string, string> = {}) {
  const server = startProgram(program, [transport], env);
  const ready = await server.output.next(/^READY /);
  const collect = async (): Promise<Metrics> => {
    server.say("collect");
    const line = await server.output.next(/^METRICS /);
    return JSON.parse(line.slice("METRICS ".length)) as Metrics;
  };
  /** Collects until it shows: metrics follow what they count within a heartbeat. */
  const until = async (isThere: (metrics: Metrics) => boolean): Promise<Metrics> => {
    for (;;) {
      const metrics = await collect();
      if (isThere(metrics)) return metrics;
      await delay(20);
    }
  };
  return { ...server, port: Number(ready.split(" ")[1]), collect, until };
}

const total = ({ sdk }: Metrics, name: string): number =>
  (sdk[name]?.points ?? []).reduce((sum, { value }) => sum + Number(value), 0);

describe("telemetry", () => {
  it("counts connections, refusals, balancer faults and handler faults", async () => {
    const server = await start("auto");
    for (let count = 0; count < 5; count++) await ask(server.port);
    await ask(server.port, "/balancer-throws").catch(() => {});
    expect((await ask(server.port, "/throw")).status).toBe(500);
    expect(await sendRaw(server.port, "GET / HTTP/1.1\r\nHost : x\r\n\r\n")).toMatch(
      /^HTTP\/1.1 400 /,
    );

    const metrics = await server.until((seen) => total(seen, "safety_errors") > 0);
    expect(total(metrics, "connections")).toBe(8);
    expect(total(metrics, "handoffs")).toBe(process.platform === "linux" ? 7 : 0);
    expect(total(metrics, "balancer_errors")).toBe(1);
    expect(metrics.sdk["rejected_connections"]?.points).toEqual([
      { attributes: { reason: expect.any(String) }, value: 1 },
    ]);
    expect(metrics.sdk["safety_errors"]?.points).toEqual([
      { attributes: { kind: "handler_threw" }, value: 1 },
    ]);
    expect(metrics.sdk["prelude_duration_ms"]?.points[0]?.value).toMatchObject({ count: 7 });
  });

  it("gives the same to an in-memory meter as to OpenTelemetry's SDK", async () => {
    const server = await start("auto");
    for (let count = 0; count < 3; count++) await ask(server.port);
    const { inMemory, sdk } = await server.until(({ sdk: seen }) => "active_connections" in seen);
    const counted = inMemory.counters["connections"]!.reduce((sum, { value }) => sum + value, 0);
    expect(counted).toBe(3);
    const { counters, histograms, gauges } = inMemory;
    expect(new Set(Object.keys(sdk))).toEqual(
      new Set([...Object.keys(counters), ...histograms, ...gauges]),
    );
  });

  it("reports load, health and open connections of the workers", async () => {
    const server = await start("auto");
    const sockets = Array.from({ length: 4 }, () => openRaw(server.port));
    onTestFinished(() => sockets.forEach((socket) => socket.destroy()));
    for (const socket of sockets) socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await server.until((seen) => total(seen, "active_connections") === 4);
    await server.until((seen) => total(seen, "healthy_backends") === 2);
    for (const name of ["cpu_percent", "event_loop_delay_ms"]) {
      const metrics = await server.until((seen) => (seen.sdk[name]?.points.length ?? 0) > 1);
      const workers = metrics.sdk[name]?.points.map(({ attributes }) => attributes["worker"]);
      expect(new Set(workers)).toEqual(new Set(["worker-0", "worker-1"]));
    }
    for (const socket of sockets) socket.destroy();
    await server.until((seen) => total(seen, "active_connections") === 0);
  });

  it("counts workers that the proxy could not reach, and tries another", async () => {
    const TMPDIR = mkdtempSync(path.join(tmpdir(), "rollcage-test-"));
    onTestFinished(() => rmSync(TMPDIR, { recursive: true }));
    const server = await start("proxy", { TMPDIR });
    const sockets = globSync("*/*", { cwd: TMPDIR });
    expect(sockets).toHaveLength(2);
    rmSync(path.join(TMPDIR, sockets[0]!));
    for (let count = 0; count < 4; count++) expect((await ask(server.port)).status).toBe(200);
    expect(total(await server.collect(), "proxy_errors")).toBeGreaterThan(0);
  });

  it("counts exits, respawns, hangs and reloads", async () => {
    const server = await start("auto");
    process.kill(Number((await ask(server.port)).text), "SIGKILL");
    const killed = await server.until((seen) => total(seen, "worker_respawns") === 1);
    expect(killed.sdk["worker_exits"]?.points).toEqual([
      { attributes: { signal: "SIGKILL" }, value: 1 },
    ]);
    await server.until((seen) => total(seen, "healthy_backends") === 2);

    ask(server.port, "/loop").catch(() => {});
    const hung = await server.until((seen) => total(seen, "worker_respawns") === 2);
    expect(total(hung, "worker_hangs")).toBe(1);
    await server.until((seen) => total(seen, "healthy_backends") === 2);

    server.say("reload");
    const reloaded = await server.until((seen) => total(seen, "worker_exits") === 4);
    expect(total(reloaded, "reloads")).toBe(1);
    expect(total(reloaded, "worker_respawns")).toBe(2);
    expect(reloaded.sdk["worker_exits"]?.points).toContainEqual({
      attributes: { code: 0 },
      value: 2,
    });
  });
});
