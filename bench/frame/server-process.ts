import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { processTree } from "./process-tree.ts";
import type { ServerSpec, Target } from "./suite.ts";

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 5_000;
const STDERR_TAIL_CHARS = 2_000;

export interface RunningServer extends Target {
  /** Resolves when the server and everything that it started are gone. */
  stop(): Promise<void>;
}

/** The server says that it cannot run on this machine. */
export class ServerUnavailable extends Error {
  override readonly name = "ServerUnavailable";
}

/** @throws {ServerUnavailable} when it says so; an `Error` with its stderr when it exits or stays silent. */
export async function startServerProcess(spec: ServerSpec): Promise<RunningServer> {
  const child = spawn(process.execPath, [fileURLToPath(spec.entry)], {
    env: {
      ...process.env,
      NODE_ENV: "production",
      NODE_OPTIONS: "",
      HOST: "127.0.0.1",
      ...spec.env,
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const pid = child.pid;
  if (pid === undefined) {
    throw (await once(child, "error"))[0];
  }
  const stop = (): Promise<void> => stopTree(child, pid);
  try {
    const port = await readAnnouncement(child);
    return { host: "127.0.0.1", port, pid, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function readAnnouncement(child: ChildProcess): Promise<number> {
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    stderr = (stderr + chunk).slice(-STDERR_TAIL_CHARS);
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`expected "ready <port>" within ${START_TIMEOUT_MS} ms\n${stderr}`)),
      START_TIMEOUT_MS,
    );
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      act();
    };
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const [, word, rest] = /^(ready|unavailable) (.+)$/.exec(line) ?? [];
      if (word === "ready") settle(() => resolve(Number(rest)));
      if (word === "unavailable") settle(() => reject(new ServerUnavailable(rest)));
    });
    child.once("close", (code, signal) => {
      settle(() =>
        reject(new Error(`server ended with ${signal ?? code} before "ready"\n${stderr}`)),
      );
    });
  });
}

/** Asks, waits, then kills what is left: also workers whose parent is already gone. */
async function stopTree(child: ChildProcess, pid: number): Promise<void> {
  const members = processTree(pid).filter((member) => member !== pid);
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await once(child, "exit");
    clearTimeout(timer);
  }
  for (const member of members) {
    try {
      process.kill(member, "SIGKILL");
    } catch {
      // It is gone already: what was wanted.
    }
  }
}
