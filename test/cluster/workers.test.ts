import { describe, expect, it } from "vitest";
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

  it("rejects with the worker's own error when none gets ready, after pauses that grow", async () => {
    const program = startProgram(SERVER, [
      JSON.stringify({ app: "broken", config: { startupTimeoutMs: 4_000, workers: 1 } }),
    ]);
    expect((await program.exit).code).toBe(1);
    const printed = program.output.lines.join("\n");
    expect(printed).toContain("ERR_ROLLCAGE_WORKER_START");
    expect(printed).toContain("no database");
    expect(printed).toMatch(/\[cause\].*no database[^]*fixtures\/apps\.ts/);
    const pauses = [...printed.matchAll(/the next one starts in (\d+) ms/g)].map(([, ms]) =>
      Number(ms),
    );
    expect(pauses.length).toBeGreaterThanOrEqual(3);
    expect(pauses.length).toBeLessThan(8);
    for (const [index, pause] of pauses.entries()) {
      const nominal = 100 * 2 ** index;
      expect(pause).toBeGreaterThanOrEqual(nominal * 0.8 - 1);
      expect(pause).toBeLessThanOrEqual(nominal * 1.2 + 1);
    }
  });
});
