import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { TransportAppOptions } from "../fixtures/transport-app.ts";

const PROGRAM = fileURLToPath(new URL("../fixtures/transport-app.ts", import.meta.url));

/** A server that several tests share; whoever starts it kills it. */
export interface TransportServer {
  readonly child: ChildProcess;
  readonly port: number;
  /** Open connections of each worker, as balancers see them. */
  counts(): Promise<readonly number[]>;
  /** Process ids, in no order. */
  workers(): readonly number[];
  kill(): void;
}

/** @param openFiles The limit of open files of each of its processes. */
export async function startTransportServer(
  options: TransportAppOptions,
  openFiles: number | "$(ulimit -n)" = "$(ulimit -n)",
): Promise<TransportServer> {
  let errors = "";
  const limited = ["-c", `ulimit -n ${openFiles}; exec "$0" "$@"`, process.execPath];
  const child = spawn("sh", [...limited, PROGRAM, JSON.stringify(options)], {
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stderr.on("data", (chunk) => (errors += chunk));
  const lines = createInterface({ input: child.stdout });
  const kill = (): void => {
    try {
      process.kill(-child.pid!, "SIGKILL");
    } catch {
      // All of the group have ended.
    }
  };
  const ready = await nextLine(lines, child, "READY").catch((error: unknown) => {
    throw new Error(errors, { cause: error });
  });
  return {
    child,
    port: Number(ready),
    async counts() {
      child.stdin.write("counts\n");
      return JSON.parse(await nextLine(lines, child, "COUNTS"));
    },
    workers() {
      const pids = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8");
      return pids.trim().split(" ").map(Number);
    },
    kill,
  };
}

function nextLine(lines: Interface, child: ChildProcess, word: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) =>
      reject(new Error(`exited with ${code} before it said ${word}`));
    const onLine = (line: string) => {
      if (!line.startsWith(`${word} `)) return;
      lines.off("line", onLine);
      child.off("exit", onExit);
      resolve(line.slice(word.length + 1));
    };
    lines.on("line", onLine);
    child.once("exit", onExit);
  });
}
