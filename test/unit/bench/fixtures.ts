import type { RunSettings } from "../../../bench/frame/run-suite.ts";
import type { MachineInfo } from "../../../bench/report/machine.ts";
import type { Load } from "../../../bench/frame/suite.ts";

export const fakeSettings: RunSettings = {
  rounds: 3,
  durationMs: 1_000,
  warmUpMs: 500,
  generator: "autocannon",
  threads: 1,
  maxConnections: 8,
};

/** A load that is only named, never run. */
export const fakeLoad = (name: string): Load => ({
  name,
  title: `load ${name}`,
  unit: "request",
  verify: () => Promise.reject(new Error("never run")),
  prepare: () => Promise.reject(new Error("never run")),
});

export const fakeMachine: MachineInfo = {
  startedAt: "2025-01-02T03:04:05.000Z",
  commit: "abc1234",
  isModified: false,
  cpu: "Some CPU",
  cores: 2,
  memoryBytes: 1,
  kernel: "Linux 6",
  node: "v22",
  engine: "uws",
  autocannon: "9",
  loadBefore: 0.25,
};
