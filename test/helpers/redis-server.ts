import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export const hasRedis: boolean = spawnSync("redis-server", ["--version"]).status === 0;
if (!hasRedis) {
  // oxlint-disable-next-line eslint/no-console -- whoever reads the run must see what it left out
  console.warn("No redis-server on PATH: the tests with Redis are skipped");
}

/** A real server on a free port of the loopback address, without persistence. */
export class RedisServer {
  readonly directory: string = mkdtempSync(join(tmpdir(), "rollcage-redis-"));
  port = 0;
  #child: ChildProcess | undefined;

  async start(): Promise<void> {
    if (this.port === 0) this.port = await freePort();
    const child = spawn(
      "redis-server",
      ["--port", String(this.port), "--bind", "127.0.0.1", "--save", "", "--dir", this.directory],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    this.#child = child;
    for await (const line of createInterface({ input: child.stdout })) {
      if (/ready to accept connections/iu.test(line)) break;
    }
    child.stdout.resume();
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  /** Stops it for good. */
  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
