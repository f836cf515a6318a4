import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { cgroupQuotas, parseCpuMax, usableCores } from "../../../src/config/usable-cores.ts";

const reader = (files: Record<string, string>) => (file: string) => files[file];

describe("usableCores", () => {
  it("is at least one, and no more than the scheduler offers", () => {
    expect(usableCores()).toBeGreaterThanOrEqual(1);
    expect(usableCores()).toBeLessThanOrEqual(availableParallelism());
  });
});

describe("cgroupQuotas", () => {
  it("reads its own group and all above it (cgroup v2)", () => {
    const files = {
      "/proc/self/cgroup": "0::/app/web\n",
      "/sys/fs/cgroup/app/web/cpu.max": "max 100000\n",
      "/sys/fs/cgroup/app/cpu.max": "150000 100000\n",
      "/sys/fs/cgroup/cpu.max": "400000 100000\n",
    };
    expect(cgroupQuotas(reader(files))).toEqual([2, 4]);
  });

  it("reads the CPU controller of cgroup v1", () => {
    const files = {
      "/proc/self/cgroup": "5:memory:/x\n3:cpu,cpuacct:/docker\n",
      "/sys/fs/cgroup/cpu/docker/cpu.cfs_quota_us": "50000",
      "/sys/fs/cgroup/cpu/docker/cpu.cfs_period_us": "100000",
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
    };
    expect(cgroupQuotas(reader(files))).toEqual([1]);
  });

  it("finds none where there are no such files", () => {
    expect(cgroupQuotas(reader({}))).toEqual([]);
  });
});

describe("parseCpuMax", () => {
  it.each([
    ["100000 100000", 1],
    ["100001 100000", 2],
    ["1000 100000", 1],
    ["max 100000", undefined],
    ["", undefined],
    ["x y", undefined],
    ["0 0", undefined],
    [undefined, undefined],
  ])("takes %j for %s cores", (text, cores) => {
    expect(parseCpuMax(text)).toBe(cores);
  });
});
