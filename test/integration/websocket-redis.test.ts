import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { PubSubBackplane } from "../../src/pubsub/backplane.ts";
import { createRedisBackplane } from "../../src/pubsub/redis-backplane.ts";
import { freePort, hasRedis, RedisServer } from "../helpers/redis-server.ts";

describe.skipIf(!hasRedis)("createRedisBackplane", () => {
  const redis = new RedisServer();
  const open: PubSubBackplane[] = [];

  beforeAll(async () => redis.start());
  afterEach(async () => {
    await Promise.all(open.splice(0).map(async (backplane) => backplane.close()));
  });
  afterAll(async () => {
    await redis.remove();
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

  it("fails at the start when what listens there does not answer", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const backplane = createRedisBackplane({ url: `redis://127.0.0.1:${port}` });
      open.push(backplane);
      const started = Promise.resolve(backplane.start(() => {}));
      await once(silent, "connection");
      vi.advanceTimersByTime(10_000);
      await expect(started).rejects.toThrow(
        `Expected a Redis server at 127.0.0.1:${port}: no answer within 10000 ms`,
      );
    } finally {
      vi.useRealTimers();
      silent.close();
    }
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
