import { describe, expect, it } from "vitest";
import { InvariantError } from "../../../src/internal/machine.ts";
import { workerExecArgv } from "../../../src/primary/fork-worker.ts";
import { isHealthy, isHung, slowStartWeight, type Vitals } from "../../../src/primary/health.ts";
import { reasonToRecycle } from "../../../src/primary/recycle-policy.ts";
import { planRestart } from "../../../src/primary/restart-policy.ts";
import { createWorkerState } from "../../../src/primary/worker-state.ts";

describe("createWorkerState", () => {
  it("goes from starting over ready and draining to exited", () => {
    const state = createWorkerState("worker 0");
    for (const next of ["ready", "draining", "exited"] as const) {
      state.to(next);
      expect(state.state).toBe(next);
    }
  });

  it.each(["starting", "ready", "draining", "exited"] as const)(
    "does not go from exited to %s",
    (next) => {
      const state = createWorkerState("worker 0");
      state.to("exited");
      expect(() => state.to(next)).toThrow(InvariantError);
    },
  );

  it("does not become ready while it drains", () => {
    const state = createWorkerState("worker 0");
    state.to("draining");
    expect(() => state.to("ready")).toThrow("worker 0 cannot go from draining to ready");
  });
});

describe("planRestart", () => {
  const young = { livedMs: 29_999, leavesNone: false };

  it("waits for no more than 1 s where a process that had served leaves none", () => {
    expect(planRestart(2, { ...young, leavesNone: true }, 0.5).delayMs).toBe(400);
    expect(planRestart(9, { ...young, leavesNone: true }, 0.5).delayMs).toBe(1_000);
  });

  it("doubles from 100 ms to 10 s while processes die young", () => {
    const delays: number[] = [];
    const atCap: boolean[] = [];
    for (let deaths = 0; deaths < 10;) {
      const restart = planRestart(deaths, young, 0.5);
      deaths = restart.youngDeaths;
      delays.push(restart.delayMs);
      atCap.push(restart.atCap);
    }
    expect(delays).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000]);
    expect(atCap.indexOf(true)).toBe(7);
  });

  it("starts again from 100 ms after 30 s of life", () => {
    expect(planRestart(9, { ...young, livedMs: 30_000 }, 0.5)).toEqual({
      delayMs: 100,
      youngDeaths: 1,
      atCap: false,
    });
  });

  it("spreads the delay by a fifth either way", () => {
    expect(planRestart(3, young, 0).delayMs).toBe(640);
    expect(planRestart(3, young, 1).delayMs).toBe(960);
  });
});

describe("isHealthy", () => {
  const well: Vitals = { ready: true, lastStatsAt: 1_000, unansweredPingSince: undefined };

  it.each([
    ["a ready one that has just reported", well, 1_000, true],
    ["one whose report is as old as allowed", well, 6_000, true],
    ["one whose report is older", well, 6_001, false],
    ["one that is not ready", { ...well, ready: false }, 1_000, false],
    ["one whose ping is on its way", { ...well, unansweredPingSince: 1_000 }, 1_999, true],
    ["one that has missed a ping", { ...well, unansweredPingSince: 1_000 }, 2_000, false],
  ])("judges %s", (_name, vitals, now, healthy) => {
    expect(isHealthy(vitals, 5_000, now)).toBe(healthy);
  });
});

describe("isHung", () => {
  const silent: Vitals = { ready: true, lastStatsAt: 0, unansweredPingSince: 1_000 };

  it("is so from the limit on, and never where it is off or all pings were answered", () => {
    expect(isHung(silent, 10_000, 10_999)).toBe(false);
    expect(isHung(silent, 10_000, 11_000)).toBe(true);
    expect(isHung(silent, false, 1e9)).toBe(false);
    expect(isHung({ ...silent, unansweredPingSince: undefined }, 1, 1e9)).toBe(false);
  });
});

describe("slowStartWeight", () => {
  it("grows from a tenth to the full share", () => {
    expect([0, 200, 1_000, 1_999, 2_000].map((ms) => slowStartWeight(ms, 2_000))).toEqual([
      0.1, 0.1, 0.5, 0.9995, 1,
    ]);
    expect(slowStartWeight(0, 0)).toBe(1);
  });
});

describe("reasonToRecycle", () => {
  const limits = { maxWorkerRssBytes: 100, maxWorkerAgeMs: 1_000 };

  it("is memory over the limit, or age over a limit that differs from worker to worker", () => {
    expect(reasonToRecycle({ rssBytes: 100 }, 0, limits, 0)).toBeUndefined();
    expect(reasonToRecycle({ rssBytes: 101 }, 0, limits, 0)).toMatch(/memory of 101 bytes/);
    expect(reasonToRecycle({ rssBytes: 0 }, 1_000, limits, 0)).toBeUndefined();
    expect(reasonToRecycle({ rssBytes: 0 }, 1_001, limits, 0)).toMatch(/older/);
    expect(reasonToRecycle({ rssBytes: 0 }, 901, limits, 1)).toMatch(/older/);
    expect(reasonToRecycle(undefined, 0, limits, 0)).toBeUndefined();
  });

  it("is none where both limits are off", () => {
    const off = { maxWorkerRssBytes: false, maxWorkerAgeMs: false } as const;
    expect(reasonToRecycle({ rssBytes: 1e12 }, 1e12, off, 0)).toBeUndefined();
  });
});

describe("workerExecArgv", () => {
  it("gives each worker a debugger port of its own", () => {
    expect(workerExecArgv(["--inspect=9229", "--enable-source-maps"])).toEqual([
      "--enable-source-maps",
      "--inspect=0",
    ]);
    expect(workerExecArgv(["--inspect-brk"])).toEqual(["--inspect=0"]);
    expect(workerExecArgv(["--import", "tsx"])).toEqual(["--import", "tsx"]);
  });
});
