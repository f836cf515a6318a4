import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import { InMemoryMeter, createOpenTelemetrySink } from "defuss-open-telemetry";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { BackendCandidate } from "../../../src/balancers/balancer.ts";
import type { ServerConfigInput } from "../../../src/config/options.ts";
import { resolveConfig } from "../../../src/config/resolve.ts";
import { Dispatcher } from "../../../src/transports/dispatcher.ts";
import type { TransportWorker } from "../../../src/transports/transport.ts";

const worker = (index: number) =>
  ({
    index,
    candidate: {
      id: `worker-${index}`,
      workerIndex: index,
      ready: true,
      activeProxyConnections: 0,
    },
    child: {} as ChildProcess,
  }) as unknown as TransportWorker;

const throwing = () => {
  throw new Error("no");
};

const withMember = (name: string, value: unknown) => ({ [name]: value });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp(config: ServerConfigInput, workers: TransportWorker[]) {
  const meter = new InMemoryMeter();
  const warnings: unknown[][] = [];
  const dispatcher = new Dispatcher(
    resolveConfig({
      ...config,
      telemetry: createOpenTelemetrySink({ meter }),
      logger: { warn: (...words) => void warnings.push(words) },
    }),
    () => [...workers],
  );
  const picked: (number | undefined)[] = [];
  const dispatch = (tried: TransportWorker[] = []) =>
    dispatcher.dispatch({
      inspection: { kind: "unknown" },
      peer: { remoteAddress: undefined, remotePort: undefined },
      socket: {} as Socket,
      tried: new Set(tried),
      waitedMs: 0,
      onWorker: (chosen) => void picked.push(chosen?.index),
    });
  return { dispatcher, dispatch, picked, meter, warnings };
}

describe("Dispatcher", () => {
  it("answers at once where the balancer does", () => {
    const { dispatch, picked } = setUp({}, [worker(0), worker(1)]);
    dispatch();
    dispatch();
    dispatch();
    expect(picked).toEqual([0, 1, 0]);
  });

  it("leaves out workers that were tried", () => {
    const workers = [worker(0), worker(1)];
    const { dispatch, picked } = setUp({}, workers);
    dispatch([workers[0]!]);
    expect(picked).toEqual([1]);
  });

  it("goes by round robin after a balancer that hangs for 1 s, and ignores a later answer", async () => {
    const late = Promise.withResolvers<never>();
    const { dispatch, picked, meter, warnings } = setUp({ loadBalancer: () => late.promise }, [
      worker(0),
    ]);
    dispatch();
    await vi.advanceTimersByTimeAsync(999);
    expect(picked).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(picked).toEqual([0]);
    late.reject(new Error("late"));
    await vi.advanceTimersByTimeAsync(0);
    expect(picked).toEqual([0]);
    expect(meter.counters.get("balancer_errors")).toHaveLength(1);
    expect(warnings).toHaveLength(1);
  });

  it("follows a balancer that reorders the candidates in place", () => {
    const loadBalancer = (({ candidates }: { candidates: BackendCandidate[] }) => {
      candidates.push(candidates.shift()!);
      return candidates[0];
    }) as never;
    const { dispatch, picked } = setUp({ loadBalancer }, [worker(0), worker(1)]);
    dispatch();
    expect(picked).toEqual([1]);
  });

  it("writes no more than 20 lines a second about a broken balancer, and counts every error", () => {
    const { dispatch, picked, meter, warnings } = setUp({ loadBalancer: throwing }, [worker(0)]);
    for (let count = 0; count < 100; count++) dispatch();
    expect(picked).toHaveLength(100);
    expect(warnings).toHaveLength(20);
    vi.advanceTimersByTime(1_000);
    dispatch();
    expect(warnings).toHaveLength(22);
    expect(warnings[20]).toEqual(["rollcage: 80 more errors of the balancer"]);
    expect(meter.counters.get("balancer_errors")).toHaveLength(101);
  });

  it("survives a balancer that writes into the candidates", () => {
    const loadBalancer = (({ candidates: [first] }: { candidates: { ready: boolean }[] }) => {
      first!.ready = false;
      return first;
    }) as never;
    const { dispatch, picked } = setUp({ loadBalancer }, [worker(0)]);
    dispatch();
    expect(picked).toEqual([0]);
  });

  it.each([
    ["a then that is no function", () => withMember("then", 1)],
    ["a then that cannot be read", () => new Proxy(withMember("then", 1), { get: throwing })],
    ["a then that throws", () => withMember("then", throwing)],
    [
      "nothing, having emptied the list",
      ({ candidates }: { candidates: unknown[] }) => void candidates.splice(0),
    ],
  ])("survives a balancer that returns %s", async (_, loadBalancer) => {
    const { dispatch, picked, warnings } = setUp({ loadBalancer: loadBalancer as never }, [
      worker(0),
    ]);
    dispatch();
    await vi.advanceTimersByTimeAsync(0);
    expect(picked).toEqual([0]);
    expect(warnings).toHaveLength(1);
  });

  it("asks again when the worker has begun to drain while the balancer thought", async () => {
    const workers = [worker(0), worker(1)];
    const [first] = workers;
    const { dispatch, picked } = setUp(
      { loadBalancer: async ({ candidates }) => candidates[0]! },
      workers,
    );
    dispatch();
    workers.shift();
    first!.candidate.ready = false;
    await vi.advanceTimersByTimeAsync(0);
    expect(picked).toEqual([1]);
  });

  it("waits for a worker until backendWaitMs is over", () => {
    const workers: TransportWorker[] = [];
    const { dispatcher, dispatch, picked } = setUp({ backendWaitMs: 100 }, workers);
    dispatch();
    vi.advanceTimersByTime(99);
    expect(picked).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(picked).toEqual([undefined]);
    dispatch();
    workers.push(worker(4));
    dispatcher.flush();
    expect(picked).toEqual([undefined, 4]);
  });

  it("counts all waits of a connection together", () => {
    const { dispatcher, dispatch, picked } = setUp({ backendWaitMs: 100 }, []);
    dispatch();
    vi.advanceTimersByTime(60);
    dispatcher.flush(); // The worker that has become ready takes others only.
    vi.advanceTimersByTime(39);
    expect(picked).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(picked).toEqual([undefined]);
  });

  it("lets nobody wait any more once it is closed", () => {
    const { dispatcher, dispatch, picked } = setUp({}, []);
    dispatch();
    dispatcher.close();
    dispatch();
    expect(picked).toEqual([undefined, undefined]);
  });

  it("lets no more connections wait than the backlog holds", () => {
    const { dispatch, picked } = setUp({ backlog: 2 }, []);
    dispatch();
    dispatch();
    dispatch();
    expect(picked).toEqual([undefined]);
  });

  it("lets nobody wait any more once it is closed", () => {
    const { dispatcher, dispatch, picked } = setUp({}, []);
    dispatch();
    dispatcher.close();
    expect(picked).toEqual([undefined]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
