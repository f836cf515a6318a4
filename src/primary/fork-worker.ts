import { fork, type ChildProcess, type StdioOptions } from "node:child_process";
import { maxHeaderSize } from "node:http";
import { RollcageError } from "../errors.ts";
import type { ResolvedServerConfig } from "../config/options.ts";
import { MAX_PROXY_HEADER_BYTES } from "../internal/proxy-protocol.ts";
import { toEnvironment, type WorkerBoot } from "../worker/boot.ts";

/** Run from source this file lies beside `worker/`; built, everything lies in one folder. */
const PRELOAD: string = new URL(
  import.meta.url.endsWith(".ts") ? "../worker/preload.ts" : "./worker-preload.mjs",
  import.meta.url,
).href;

const INSPECT = /^--inspect(-brk|-wait|-port)?(=|$)/;

/**
 * Starts a worker process: the same program, with the same arguments.
 *
 * @throws {RollcageError} `ERR_ROLLCAGE_WORKER_START` where there is no program to start again.
 */
export function forkWorker(
  boot: WorkerBoot,
  config: ResolvedServerConfig,
  extraStdio: readonly (number | "pipe")[] = [],
): ChildProcess {
  const entry = process.argv[1];
  if (entry === undefined) {
    throw new RollcageError("ERR_ROLLCAGE_WORKER_START", {
      reason: "the program is no file (node -e, or standard input), so workers cannot run it",
    });
  }
  const stdio: StdioOptions = ["ignore", "inherit", "inherit", "ipc", ...extraStdio];
  return fork(entry, process.argv.slice(2), {
    execArgv: [
      ...headerLimit(config.maxHeaderBytes),
      ...workerExecArgv(process.execArgv),
      "--import",
      PRELOAD,
    ],
    env: {
      // µWebSockets' own limit is 4 KB, and counts what the proxy writes in front of a head.
      UWS_HTTP_MAX_HEADERS_SIZE: String(config.maxHeaderBytes + MAX_PROXY_HEADER_BYTES),
      ...process.env,
      ...config.workerEnv,
      ...toEnvironment(boot),
    },
    stdio,
    serialization: "advanced",
  });
}

/** Servers of Node's own must not refuse heads that the primary lets through either. */
function headerLimit(maxHeaderBytes: number): string[] {
  return maxHeaderBytes > maxHeaderSize ? [`--max-http-header-size=${maxHeaderBytes}`] : [];
}

/** A debugger's port can be taken once only; each worker picks a free one. */
export function workerExecArgv(execArgv: readonly string[]): string[] {
  const own = execArgv.filter((argument) => !INSPECT.test(argument));
  return own.length === execArgv.length ? own : [...own, "--inspect=0"];
}
