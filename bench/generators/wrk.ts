import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { LoadResult, LoadRun } from "../frame/suite.ts";
import type { HttpPlan } from "./autocannon.ts";
import { parseWrk, wrkScript } from "./wrk-format.ts";

/** The installed version, or `undefined`. */
export async function wrkVersion(): Promise<string | undefined> {
  // It prints its version and the usage, and exits with 1.
  const { stdout } = await promisify(execFile)("wrk", ["-v"]).catch(
    (error: { stdout?: string }) => error,
  );
  return /^wrk (\S+)/.exec(stdout ?? "")?.[1];
}

export function prepareWrk(plan: HttpPlan): LoadRun {
  const folder = mkdtempSync(join(tmpdir(), "rollcage-bench-"));
  const script = join(folder, "request.lua");
  writeFileSync(script, wrkScript(plan));
  const threads = Math.min(plan.threads, plan.connections);
  // It starts within milliseconds, and cannot be told to wait.
  let child: ReturnType<typeof spawn> | undefined;
  return {
    get pid() {
      return child?.pid;
    },
    async go(durationMs): Promise<LoadResult> {
      child = spawn("wrk", [
        `-t${threads}`,
        `-c${plan.connections}`,
        `-d${Math.ceil(durationMs / 1_000) + 1}s`,
        "--latency",
        "-s",
        script,
        plan.url + plan.path,
      ]);
      let output = "";
      child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
      child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
      // It knows whole seconds only, and sums up whenever it is interrupted.
      const timer = setTimeout(() => child?.kill("SIGINT"), durationMs);
      await once(child, "close");
      clearTimeout(timer);
      return parseWrk(output);
    },
    stop() {
      child?.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
