import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { ServerOptions } from "../fixtures/server.ts";
import type { StartServerResult } from "../../src/index.ts";

const PROGRAM = fileURLToPath(new URL("../fixtures/server.ts", import.meta.url));

/** What a program under test has printed, and waiting for more of it. */
export interface Output {
  readonly lines: readonly string[];
  /** The next line that matches, or one printed before if it was not taken yet. */
  next(pattern: RegExp): Promise<string>;
}

export interface TestProgram {
  readonly child: ChildProcess;
  readonly output: Output;
  readonly exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  say(line: string): void;
}

export interface TestServer extends TestProgram {
  readonly result: StartServerResult;
  readonly port: number;
  /** The value that follows this word on the next line that begins with it. */
  event<T = unknown>(word: string): Promise<T>;
}

/** Starts a program in a process group of its own, which is killed when the test ends, however it ends. */
export function startProgram(
  file: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): TestProgram {
  const child = spawn(process.execPath, [file, ...args], {
    detached: true,
    env: { ...process.env, NODE_ENV: "test", ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin?.on("error", () => {}); // It may have ended before it was told to.
  const exit = once(child, "exit").then(([code, signal]) => ({ code, signal }));
  onTestFinished(() => {
    try {
      process.kill(-child.pid!, "SIGKILL");
    } catch {
      // All of the group have ended.
    }
  });
  return {
    child,
    output: collect(child),
    exit,
    say: (line) => void child.stdin?.write(`${line}\n`),
  };
}

/** Starts the server fixture and waits until it serves. */
export async function startTestServer(
  options: ServerOptions,
  env: Record<string, string> = {},
): Promise<TestServer> {
  const program = startProgram(PROGRAM, [JSON.stringify(options)], env);
  const event = async <T>(word: string): Promise<T> => {
    const line = await program.output.next(new RegExp(`^${word} `));
    return JSON.parse(line.slice(word.length + 1)) as T;
  };
  const result = await Promise.race([
    event<StartServerResult>("READY"),
    program.exit.then(({ code }) => {
      throw new Error(`exited with ${code} before it served:\n${program.output.lines.join("\n")}`);
    }),
  ]);
  return { ...program, result, port: result.port, event };
}

function collect(child: ChildProcess): Output {
  const lines: string[] = [];
  const untaken: string[] = [];
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout!, child.stderr!]) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      untaken.push(line);
      for (const look of waiting) look();
    });
  }
  return {
    lines,
    next: (pattern) =>
      new Promise((resolve) => {
        const look = () => {
          const index = untaken.findIndex((line) => pattern.test(line));
          if (index < 0) return;
          waiting.delete(look);
          resolve(untaken.splice(index, 1)[0]!);
        };
        waiting.add(look);
        look();
      }),
  };
}
