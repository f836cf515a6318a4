import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";
import { wrkVersion } from "../generators/wrk.ts";

/** What the figures were measured on, and with. */
export interface MachineInfo {
  readonly startedAt: string;
  readonly commit: string;
  /** Files differ from that commit. */
  readonly isModified: boolean;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
  readonly engine: string;
  readonly autocannon: string;
  readonly wrk?: string | undefined;
  /** Load average of the minute before. */
  readonly loadBefore: number;
}

/** Everything but what a run itself writes. */
const MEASURED = [":/", ":(exclude,top)README.md", ":(exclude,top)bench/results"];

export async function describeMachine(): Promise<MachineInfo> {
  return {
    startedAt: new Date().toISOString(),
    commit: git("rev-parse", "--short", "HEAD"),
    isModified: git("status", "--porcelain", "--untracked-files=no", "--", ...MEASURED) !== "",
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    kernel: `${type()} ${release()} ${arch()}`,
    node: process.version,
    engine: `uws-pack ${versionOf("uws-pack")}`,
    autocannon: versionOf("autocannon"),
    wrk: await wrkVersion(),
    loadBefore: loadavg()[0] ?? 0,
  };
}

function git(...args: readonly string[]): string {
  return execFileSync("git", args, { cwd: import.meta.dirname, encoding: "utf8" }).trim();
}

/** The installed one, also where the package does not export its `package.json`. */
function versionOf(name: string): string {
  const require = createRequire(import.meta.url);
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      return (require(`${folder}/${name}/package.json`) as { version: string }).version;
    } catch {
      // Not in this folder: the next one up.
    }
  }
  return "unknown";
}
