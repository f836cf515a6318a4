import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import {
  createConsistentHashLoadBalancer,
  createResourceAwareLoadBalancer,
  defaultLoadBalancer,
  leastConnectionsLoadBalancer,
  resourceAwareLoadBalancer,
  roundRobinLoadBalancer,
  type BackendCandidate,
  type ConsistentHashKey,
  type LoadBalancerContext,
  type ParsedRequest,
  type WorkerRuntimeStats,
} from "../../../src/index.ts";
import { pickOfTwo } from "../../../src/balancers/power-of-two.ts";
import { idleStats } from "../../helpers/idle-stats.ts";

const candidate = (index: number, more: Partial<BackendCandidate> = {}): BackendCandidate => ({
  id: `worker-${index}`,
  workerIndex: index,
  host: "127.0.0.1",
  port: 3_000,
  healthy: true,
  ready: true,
  activeProxyConnections: 0,
  ...more,
});

const stats = (more: Partial<WorkerRuntimeStats>): WorkerRuntimeStats => ({
  ...idleStats,
  heapTotalBytes: 100,
  ...more,
});

const context = (
  candidates: readonly BackendCandidate[],
  previousIndex = 0,
  request: Partial<ParsedRequest> = {},
): LoadBalancerContext => ({
  candidates,
  previousIndex,
  request: { protocol: "http1", headers: {}, rawHead: "", ...request },
  socket: {} as Socket,
});

describe("roundRobinLoadBalancer", () => {
  it("takes each candidate in turn, and is the default", () => {
    const candidates = [candidate(0), candidate(1), candidate(2)];
    const picked = [0, 1, 2, 3].map(
      (turn) => roundRobinLoadBalancer(context(candidates, turn)).workerIndex,
    );
    expect(picked).toEqual([0, 1, 2, 0]);
    expect(defaultLoadBalancer).toBe(roundRobinLoadBalancer);
  });

  it("names an empty list", () => {
    expect(() => roundRobinLoadBalancer(context([]))).toThrow(
      "Expected at least one candidate, got none",
    );
  });
});

describe("leastConnectionsLoadBalancer", () => {
  it("takes the one with the fewest, and equal ones in turn", () => {
    const loaded = [10, 1, 3].map((count, index) =>
      candidate(index, { activeProxyConnections: count }),
    );
    expect(leastConnectionsLoadBalancer(context(loaded)).workerIndex).toBe(1);
    const idle = [candidate(0), candidate(1)];
    expect(leastConnectionsLoadBalancer(context(idle, 0)).workerIndex).toBe(0);
    expect(leastConnectionsLoadBalancer(context(idle, 1)).workerIndex).toBe(1);
  });

  it("gives a worker that has just started its share bit by bit", () => {
    const pick = (weight: number, count: number) =>
      leastConnectionsLoadBalancer(
        context([
          candidate(0, { activeProxyConnections: 99 }),
          candidate(1, { activeProxyConnections: count, weight }),
        ]),
      ).workerIndex;
    expect(pick(0.1, 8)).toBe(1);
    expect(pick(0.1, 10)).toBe(0);
    expect(pick(0.5, 48)).toBe(1);
    expect(pick(0.5, 50)).toBe(0);
  });
});

describe("resourceAwareLoadBalancer", () => {
  it("adds connections x 10, CPU percent x 2 and the part of the heap x 100", () => {
    const pick = (...candidates: BackendCandidate[]) =>
      resourceAwareLoadBalancer(context(candidates)) as BackendCandidate;
    const base = candidate(0, { activeProxyConnections: 5, stats: stats({}) }); // 50
    expect(pick(base, candidate(1, { stats: stats({ cpuPercent: 24 }) })).workerIndex).toBe(1); // 48
    expect(pick(base, candidate(1, { stats: stats({ cpuPercent: 26 }) })).workerIndex).toBe(0); // 52
    expect(pick(base, candidate(1, { stats: stats({ heapUsedBytes: 49 }) })).workerIndex).toBe(1);
    expect(pick(base, candidate(1, { stats: stats({ heapUsedBytes: 51 }) })).workerIndex).toBe(0);
    expect(pick(base, candidate(1, { stats: stats({ heapTotalBytes: 0 }) })).workerIndex).toBe(1);
    expect(pick(base, candidate(1)).workerIndex).toBe(1);
  });

  it("takes other weights", () => {
    const balancer = createResourceAwareLoadBalancer({
      connectionWeight: 0,
      cpuWeight: 1,
      heapWeight: 0,
    });
    const candidates = [
      candidate(0, { stats: stats({ cpuPercent: 50 }) }),
      candidate(1, {
        activeProxyConnections: 100,
        stats: stats({ cpuPercent: 10, heapUsedBytes: 90 }),
      }),
    ];
    expect(balancer(context(candidates))).toBe(candidates[1]);
  });
});

describe("powerOfTwoLoadBalancer", () => {
  it("takes the less loaded of two different ones", () => {
    const candidates = [5, 1, 3].map((count, index) =>
      candidate(index, { activeProxyConnections: count }),
    );
    const draw = (...numbers: number[]) =>
      pickOfTwo(context(candidates), () => numbers.shift()!).workerIndex;
    expect(draw(0, 0)).toBe(1); // 0 and 1
    expect(draw(0, 0.99)).toBe(2); // 0 and 2
    expect(draw(0.4, 0)).toBe(1); // 1 and 2
    expect(draw(0.99, 0)).toBe(2); // 2 and 0
  });

  it("takes the only one", () => {
    expect(pickOfTwo(context([candidate(0)]), Math.random).workerIndex).toBe(0);
  });
});

describe("createConsistentHashLoadBalancer", () => {
  const workers = Array.from({ length: 8 }, (_, index) => candidate(index));
  const pick = (
    key: ConsistentHashKey,
    candidates: readonly BackendCandidate[],
    request: Partial<ParsedRequest>,
  ) =>
    createConsistentHashLoadBalancer({ key })(context(candidates, 0, request)) as BackendCandidate;
  const keys = Array.from({ length: 8_000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`);

  it("spreads keys evenly, and moves only those of a worker that is lost", () => {
    const counts = new Map<string, number>();
    let moved = 0;
    for (const remoteAddress of keys) {
      const before = pick("ip", workers, { remoteAddress });
      counts.set(before.id, (counts.get(before.id) ?? 0) + 1);
      if (pick("ip", workers.slice(1), { remoteAddress }) !== before) moved++;
    }
    expect(moved).toBe(counts.get("worker-0"));
    for (const count of counts.values()) {
      expect(count).toBeGreaterThan(800);
      expect(count).toBeLessThan(1_200);
    }
  });

  it("reads the key from a header, a cookie or a function, and goes by address without one", () => {
    const byUser = pick(() => "ann", workers, {});
    expect(pick({ header: "X-User" }, workers, { headers: { "x-user": "ann" } })).toBe(byUser);
    expect(pick({ cookie: "sid" }, workers, { headers: { cookie: "a=b; sid=ann" } })).toBe(byUser);
    const byAddress = pick("ip", workers, { remoteAddress: "10.0.0.7" });
    expect(pick({ header: "x-user" }, workers, { remoteAddress: "10.0.0.7" })).toBe(byAddress);
    expect(pick({ cookie: "sid" }, workers, { remoteAddress: "10.0.0.7" })).toBe(byAddress);
  });

  it.each([{}, null, "port"])("refuses %j as a key", (key) => {
    expect(() => createConsistentHashLoadBalancer({ key } as never)).toThrow(/Expected key to be/);
  });
});
