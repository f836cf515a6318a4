import type { ChildProcess } from "node:child_process";
import { EventEmitter } from "node:events";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { resolveConfig } from "../../../src/config/resolve.ts";
import { Supervisor } from "../../../src/primary/supervisor.ts";
import { WorkerProcess } from "../../../src/primary/worker-process.ts";

const stats = {
  pid: 1,
  cpuPercent: 0,
  rssBytes: 0,
  heapUsedBytes: 0,
  heapTotalBytes: 0,
  externalBytes: 0,
  arrayBuffersBytes: 0,
  uptimeMs: 0,
  activeConnections: 0,
  sampledAt: 0,
  eventLoopDelayMs: 0,
  eventLoopUtilization: 0,
};

/** A process that says and does nothing by itself, not even exit when it is killed. */
class FakeChild extends EventEmitter {
  readonly pid = 1;
  readonly connected = true;
  readonly kill = vi.fn<() => boolean>(() => true);
  send(): boolean {
    return true;
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function startOne() {
  const child = new FakeChild();
  const counted: string[] = [];
  const config = resolveConfig({
    workers: 1,
    workerHangTimeoutMs: 2_000,
    workerHeartbeatStaleAfterMs: 60_000,
    logger: { error() {}, warn() {} },
    telemetry: {
      incrementCounter: (name) => void counted.push(name),
      recordHistogram() {},
      setGauge() {},
    },
  });
  const supervisor = new Supervisor(config, {
    startProcess: async (workerIndex, events) =>
      new WorkerProcess(
        {
          workerIndex,
          transport: "proxy",
          listen: { kind: "unix", path: "/nowhere" },
          host: "127.0.0.1",
          port: 1,
          handleSignals: true,
        },
        child as unknown as ChildProcess,
        events,
      ),
    onReady() {},
    onExit() {},
    onMessage() {},
  });
  onTestFinished(() => supervisor.killAll());
  await supervisor.start();
  return { supervisor, child, counted };
}

describe("Supervisor", () => {
  it("kills a worker that hangs once, however long it takes to exit", async () => {
    const { supervisor, child, counted } = await startOne();
    child.emit("message", { type: "rollcage:ready", stats });
    expect(supervisor.available()).toHaveLength(1);
    vi.advanceTimersByTime(10_000);
    expect(child.kill).toHaveBeenCalledOnce();
    expect(counted).toEqual(["worker_hangs"]);
    expect(supervisor.available()).toEqual([]);
  });

  it("does not take a worker for ready that it has killed", async () => {
    const { supervisor, child } = await startOne();
    for (const worker of supervisor.processes) worker.kill();
    child.emit("message", { type: "rollcage:ready", stats });
    expect(supervisor.readyCount).toBe(0);
  });

  it("says how a worker ended that did not say why", async () => {
    const { supervisor, child } = await startOne();
    child.emit("exit", 7, null);
    expect(supervisor.lastFailure?.message).toBe("worker-0 exited with code 7 before it was ready");
  });
});
