import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { PubSubBackplane } from "../../src/pubsub/backplane.ts";
import { createRedisBackplane } from "../../src/pubsub/redis-backplane.ts";

const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;
if (!hasRedis) {
  // oxlint-disable-next-line eslint/no-console -- whoever reads the run must see what it left out
  console.warn("No redis-server on PATH: the tests of createRedisBackplane are skipped");
}

/** A real server on a free port of the loopback address, without persistence. */
class RedisServer {
  readonly directory: string = mkdtempSync(join(tmpdir(), "rollcage-redis-"));
  port = 0;
  #child: ChildProcess | undefined;

  async start(): Promise<void> {
    if (this.port === 0) this.port = await freePort();
    const child = spawn(
      "redis-server",
      ["--port", String(this.port), "--bind", "127.0.0.1", "--save", "", "--dir", this.directory],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    this.#child = child;
    for await (const line of createInterface({ input: child.stdout })) {
      if (/ready to accept connections/iu.test(line)) break;
    }
    child.stdout.resume();
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

describe.skipIf(!hasRedis)("createRedisBackplane", () => {
  const redis = new RedisServer();
  const open: PubSubBackplane[] = [];

  beforeAll(async () => redis.start());
  afterEach(async () => {
    await Promise.all(open.splice(0).map(async (backplane) => backplane.close()));
  });
  afterAll(async () => {
    await redis.stop();
    rmSync(redis.directory, { recursive: true, force: true });
  });

  async function joinCluster(
    channel?: string,
  ): Promise<{ backplane: PubSubBackplane; got: string[] }> {
    const got: string[] = [];
    const backplane = createRedisBackplane({ url: `redis://127.0.0.1:${redis.port}`, channel });
    open.push(backplane);
    await backplane.start((batch) => got.push(Buffer.from(batch).toString("latin1")));
    return { backplane, got };
  }

  it("carries batches to the other machines byte for byte and in order, and not back", async () => {
    const [a, b, c] = await Promise.all([joinCluster(), joinCluster(), joinCluster()]);
    const batches = Array.from({ length: 200 }, (_, index) =>
      Uint8Array.of(0, 255, 128, index, ...Buffer.from("\r\n")),
    );
    for (const batch of batches) a.backplane.publish(batch);
    const expected = batches.map((batch) => Buffer.from(batch).toString("latin1"));
    await vi.waitUntil(() => b.got.length >= 200 && c.got.length >= 200);
    expect(b.got).toEqual(expected);
    expect(c.got).toEqual(expected);
    expect(a.got).toEqual([]);
  });

  it("keeps clusters on different channels apart", async () => {
    const [a, b, other] = await Promise.all([
      joinCluster("one"),
      joinCluster("one"),
      joinCluster("two"),
    ]);
    a.backplane.publish(Uint8Array.of(65));
    await vi.waitUntil(() => b.got.length > 0);
    expect(other.got).toEqual([]);
  });

  it("connects again by itself when Redis comes back, and loses only what was published meanwhile", async () => {
    const [a, b] = await Promise.all([joinCluster(), joinCluster()]);
    await redis.stop();
    a.backplane.publish(Uint8Array.of(76));
    await redis.start();
    await vi.waitUntil(
      () => {
        a.backplane.publish(Uint8Array.of(65));
        return b.got.length > 0;
      },
      { timeout: 15_000, interval: 50 },
    );
    expect(new Set(b.got)).toEqual(new Set(["A"]));
  });

  it("fails at the start when Redis cannot be reached", async () => {
    const backplane = createRedisBackplane({ url: `redis://127.0.0.1:${await freePort()}` });
    open.push(backplane);
    await expect(Promise.resolve(backplane.start(() => {}))).rejects.toThrow(
      /closed|ECONNREFUSED/u,
    );
  });

  it("publishes nothing after close()", async () => {
    const [a, b] = await Promise.all([joinCluster(), joinCluster()]);
    await a.backplane.close();
    a.backplane.publish(Uint8Array.of(65));
    const c = await joinCluster();
    c.backplane.publish(Uint8Array.of(67));
    await vi.waitUntil(() => b.got.length > 0);
    expect(b.got).toEqual(["C"]);
  });
});
