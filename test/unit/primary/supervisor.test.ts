import type { ChildProcess } from "node:child_process";
import { EventEmitter } from "node:events";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { ServerConfigInput } from "../../../src/config/options.ts";
import { resolveConfig } from "../../../src/config/resolve.ts";
import { Supervisor } from "../../../src/primary/supervisor.ts";
import { WorkerProcess } from "../../../src/primary/worker-process.ts";
import type { WorkerBoot } from "../../../src/worker/boot.ts";
import { idleStats } from "../../helpers/idle-stats.ts";

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

async function startOne(limits: ServerConfigInput = {}) {
  const children: FakeChild[] = [];
  const counted: string[] = [];
  const config = resolveConfig({
    ...limits,
    workers: 1,
    workerHeartbeatStaleAfterMs: 60_000,
    logger: { error() {}, warn() {}, info() {} },
    telemetry: {
      incrementCounter: (name) => void counted.push(name),
      recordHistogram() {},
      setGauge() {},
    },
  });
  const supervisor = new Supervisor(config, {
    async startProcess(workerIndex, events) {
      const child = new FakeChild();
      children.push(child);
      const boot: WorkerBoot = {
        workerIndex,
        transport: "proxy",
        listen: { kind: "unix", path: "/nowhere" },
        host: "127.0.0.1",
        port: 1,
        handleSignals: true,
      };
      return new WorkerProcess(boot, child as unknown as ChildProcess, events);
    },
    onReady() {},
    onExit() {},
    onMessage() {},
  });
  onTestFinished(() => supervisor.killAll());
  await supervisor.start();
  return { supervisor, children, child: children[0]!, counted };
}

describe("Supervisor", () => {
  it("kills a worker that hangs once, however long it takes to exit", async () => {
    const { supervisor, child, counted } = await startOne({ workerHangTimeoutMs: 2_000 });
    child.emit("message", { type: "rollcage:ready", stats: idleStats });
    expect(supervisor.available()).toHaveLength(1);
    vi.advanceTimersByTime(10_000);
    expect(child.kill).toHaveBeenCalledOnce();
    expect(counted).toEqual(["worker_hangs"]);
    expect(supervisor.available()).toEqual([]);
  });

  it("does not take a worker for ready that it has killed", async () => {
    const { supervisor, child } = await startOne();
    for (const worker of supervisor.processes) worker.kill();
    child.emit("message", { type: "rollcage:ready", stats: idleStats });
    expect(supervisor.readyCount).toBe(0);
  });

  it("replaces the replacement of a worker that leaks, too, but not at once", async () => {
    const { children } = await startOne({ maxWorkerRssBytes: 1_000, workerHangTimeoutMs: false });
    const becomesReady = async (index: number) => {
      children[index]!.emit("message", {
        type: "rollcage:ready",
        stats: { ...idleStats, rssBytes: 2_000 },
      });
      await vi.advanceTimersByTimeAsync(0);
    };
    await becomesReady(0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(children).toHaveLength(2);
    await becomesReady(1);
    await vi.advanceTimersByTimeAsync(9_000);
    expect(children).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(children).toHaveLength(3);
  });

  it("says how a worker ended that did not say why", async () => {
    const { supervisor, child } = await startOne();
    child.emit("exit", 7, null);
    expect(supervisor.lastFailure?.message).toBe("worker-0 exited with code 7 before it was ready");
  });
});
