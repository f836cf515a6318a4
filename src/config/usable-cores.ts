import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";

/** Cores this process may use: what the scheduler offers, and no more than the cgroup's CPU quota, rounded up. */
export function usableCores(): number {
  return Math.max(1, Math.min(availableParallelism(), ...cgroupQuotas(readCgroupFile)));
}

/**
 * CPU quotas, in cores, of this process's control group and all above it (a quota of a parent binds too).
 * Source: Linux, Documentation/admin-guide/cgroup-v2.rst ("cpu.max") and scheduler/sched-bwc.rst.
 */
export function cgroupQuotas(read: (file: string) => string | undefined): number[] {
  const quotas: number[] = [];
  for (const line of (read("/proc/self/cgroup") ?? "").split("\n")) {
    const [, controllers = "", group = ""] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (group === "") continue;
    const quotaOf = quotaReader(controllers, read);
    if (quotaOf === undefined) continue;
    for (const folder of selfAndParents(group)) {
      const quota = quotaOf(folder);
      if (quota !== undefined) quotas.push(quota);
    }
  }
  return quotas;
}

/** How to read a group's quota in this hierarchy; `undefined` where it has no CPU controller. */
function quotaReader(
  controllers: string,
  read: (file: string) => string | undefined,
): ((folder: string) => number | undefined) | undefined {
  if (controllers === "") {
    return (folder) => parseCpuMax(read(path.posix.join("/sys/fs/cgroup", folder, "cpu.max")));
  }
  if (!controllers.split(",").includes("cpu")) return undefined;
  return (folder) => {
    const file = (name: string) => read(path.posix.join("/sys/fs/cgroup/cpu", folder, name));
    return parseCfs(file("cpu.cfs_quota_us"), file("cpu.cfs_period_us"));
  };
}

/** `"150000 100000"` is one and a half cores: 2. `"max 100000"` is no limit. */
export function parseCpuMax(text: string | undefined): number | undefined {
  const [quota, period] = (text ?? "").trim().split(/\s+/);
  return parseCfs(quota, period);
}

function parseCfs(quota: string | undefined, period: string | undefined): number | undefined {
  const cores = Number(quota) / Number(period);
  return Number.isFinite(cores) && cores > 0 ? Math.ceil(cores) : undefined;
}

function selfAndParents(group: string): string[] {
  const folders = [group];
  for (let folder = group; folder !== "/";) {
    folder = path.posix.dirname(folder);
    folders.push(folder);
  }
  return folders;
}

function readCgroupFile(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined; // Not Linux, no cgroups, or another version of them.
  }
}
