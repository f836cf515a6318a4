import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { ask } from "../helpers/http-client.ts";
import { startProgram, startTestServer } from "../helpers/test-server.ts";

const SERVER = new URL("../fixtures/server.ts", import.meta.url).pathname;

describe("startServer, when workers die", () => {
  it("refuses none of 1 000 sequential requests across a kill, and replaces the worker", async () => {
    const server = await startTestServer({ app: "ultimate-express" });
    const seen = new Set<string>();
    let victim = "";
    for (let index = 0; index < 1_000; index++) {
      const { status, text } = await ask(server.port);
      expect(status).toBe(200);
      seen.add(text);
      if (index === 300) {
        victim = text;
        process.kill(Number(victim), "SIGKILL");
      }
    }
    expect(await server.event("WORKER_EXIT")).toMatchObject({
      pid: Number(victim),
      signal: "SIGKILL",
      expected: false,
    });
    const replacement = await server.event<{ pid: number }>("WORKER_READY");
    await expect
      .poll(async () => new Set([(await ask(server.port)).text, (await ask(server.port)).text]))
      .toContain(String(replacement.pid));
  });

  it("replaces it, and tells everybody else, where a listener throws", async () => {
    const server = await startTestServer({ app: "uws", brokenListeners: true });
    const { text: pid } = await ask(server.port);
    process.kill(Number(pid), "SIGKILL");
    expect(await server.event("WORKER_EXIT")).toMatchObject({ pid: Number(pid) });
    await server.event("WORKER_READY");
    expect((await ask(server.port)).status).toBe(200);
    await server.output.next(/a listener of the event workerExit failed.*listener bug/);
  });

  it("keeps the workers' sockets where a worker closes its channel", async () => {
    const TMPDIR = mkdtempSync(path.join(tmpdir(), "rollcage-test-"));
    onTestFinished(() => rmSync(TMPDIR, { recursive: true }));
    const config = { transport: "proxy" } as const;
    const server = await startTestServer({ app: "http.Server", config }, { TMPDIR });
    await ask(server.port, "/disconnect").catch(() => {}); // The answer may go with the worker.
    expect(await server.event("WORKER_EXIT")).toMatchObject({ expected: false });
    expect(globSync("*/*", { cwd: TMPDIR })).not.toEqual([]);
    await server.event("WORKER_READY");
    const answers = [await ask(server.port), await ask(server.port)];
    expect(new Set(answers.map(({ text }) => text)).size).toBe(2);
  });

  it("lets connections wait for the next worker where there is none", async () => {
    const server = await startTestServer({ app: "uws", config: { workers: 1 } });
    const { text: pid } = await ask(server.port);
    process.kill(Number(pid), "SIGKILL");
    await server.event("WORKER_EXIT");
    const answer = await ask(server.port);
    expect(answer.status).toBe(200);
    expect(answer.text).not.toBe(pid);
  });

  it("answers 503 with Retry-After where none comes in time", async () => {
    const server = await startTestServer({
      app: "uws",
      config: { workers: 1, respawnWorkers: false, backendWaitMs: 100 },
    });
    const { text: pid } = await ask(server.port);
    process.kill(Number(pid), "SIGKILL");
    await server.event("WORKER_EXIT");
    expect(await ask(server.port)).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
  });

  it("pauses longer after each worker that dies at its start", async () => {
    const program = startProgram(SERVER, [
      JSON.stringify({ app: "broken", config: { workers: 1 } }),
    ]);
    for (const nominalMs of [100, 200, 400, 800]) {
      const line = await program.output.next(/the next one starts in \d+ ms/);
      const pauseMs = Number(/in (\d+) ms/.exec(line)?.[1]);
      expect(pauseMs).toBeGreaterThanOrEqual(nominalMs * 0.8);
      expect(pauseMs).toBeLessThanOrEqual(nominalMs * 1.2);
    }
  });

  it("rejects with the worker's own error when none gets ready in time", async () => {
    const program = startProgram(SERVER, [
      JSON.stringify({ app: "broken", config: { startupTimeoutMs: 8_000, workers: 1 } }),
    ]);
    expect((await program.exit).code).toBe(1);
    const printed = program.output.lines.join("\n");
    expect(printed).toContain("ERR_ROLLCAGE_WORKER_START");
    expect(printed).toMatch(/\[cause\].*no database[^]*fixtures\/apps\.ts/);
  });
});
