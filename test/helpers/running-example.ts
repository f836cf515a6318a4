import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A program of examples/ that has said where it serves. */
export interface RunningExample extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string;
}

/** Starts it on a free port. Use with `await using`. */
export async function startExample(
  name: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningExample> {
  const entry = fileURLToPath(new URL(`../../examples/${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, [entry], {
    env: { ...process.env, PORT: "0", ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let url: string | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    url = /^http:\/\/\S+/u.exec(line)?.[0];
    if (url !== undefined) break;
  }
  child.stdout.resume();
  if (url === undefined)
    throw new Error(`examples/${name}.ts ended without saying where it serves`);
  return {
    child,
    url,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL"); // The workers follow their primary.
      await once(child, "exit");
    },
  };
}
