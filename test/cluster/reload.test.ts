import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import type { AppName } from "../fixtures/apps.ts";
import { ask } from "../helpers/http-client.ts";
import { startLoad } from "../helpers/load.ts";
import { logFigures } from "../helpers/log-figures.ts";
import { isAlive } from "../helpers/processes.ts";
import { startProgram, startTestServer, type TestServer } from "../helpers/test-server.ts";
import type { TransportName } from "../../src/index.ts";

const MIX: readonly [app: AppName, transport: TransportName, requests: number][] = [
  ["uws", "handoff", 100_000],
  ["ultimate-express", "handoff", 25_000],
  ["http.Server", "handoff", 25_000],
  ["uws", "proxy", 25_000],
  ["http.Server", "proxy", 25_000],
];

async function reload(server: TestServer): Promise<void> {
  server.say("reload");
  await server.event("RELOADED");
}

const EARLY = fileURLToPath(new URL("../fixtures/early-reload.ts", import.meta.url));

describe("reloadServer", () => {
  it.each(MIX)(
    "fails no request to %s under %s, of %i and more",
    async (app, transport, requests) => {
      const server = await startTestServer({ app, config: { transport } });
      const { port } = server;
      const kept = startLoad({ port, connections: 64 });
      const fresh = startLoad({ port, connections: 4, requestsPerConnection: 1 });
      await kept.answered(1_000);
      const before = new Set(kept.report.bodies.keys());
      // Again and again, as long as the load goes on.
      let reloads = 0;
      while (kept.report.answered < requests) {
        await reload(server);
        reloads++;
      }
      const reports = [await kept.stop(), await fresh.stop()];
      logFigures(
        `${app} under ${transport}: ${reloads} reloads, ` +
          reports
            .map(({ answered, retried }) => `${answered} answered, ${retried} retried`)
            .join("; "),
      );
      for (const { failures } of reports) expect(failures).toEqual([]);
      // One that crossed the close of its connection, in a thousand: the clients never pause.
      expect(reports[0]!.retried).toBeLessThan(requests / 1_000);
      expect(reports[1]!.retried).toBe(0);
      const after = [(await ask(port)).text, (await ask(port)).text];
      expect(new Set(after).size).toBe(2);
      for (const pid of after) expect(before).not.toContain(pid);
    },
    120_000,
  );

  it("loses under reuseport only connections that were queued at a worker that closes", async () => {
    const server = await startTestServer({
      app: "http.Server",
      config: { transport: "reuseport" },
    });
    const kept = startLoad({ port: server.port, connections: 64 });
    await kept.answered(1_000);
    await reload(server);
    await reload(server);
    const { failures, answered, retried } = await kept.stop();
    logFigures(`reuseport: ${answered} answered, ${retried} retried, ${failures.length} failed`);
    expect(new Set([...failures, "ECONNRESET on request 1"])).toEqual(
      new Set(["ECONNRESET on request 1"]),
    );
    expect(failures.length).toBeLessThan(answered / 100);
  });

  it.each([
    ["uws", "handoff"],
    ["http.Server", "handoff"],
    ["uws", "proxy"],
  ] as const)("lets uploads and slow answers of %s under %s end", async (app, transport) => {
    const server = await startTestServer({ app, config: { transport } });
    const body = Buffer.alloc(500_000, "x");
    const inFlight = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0
        ? ask(server.port, "/slow?1500")
        : ask(server.port, "/echo", { method: "POST", body }),
    );
    await ask(server.port);
    await reload(server);
    const answers = await Promise.all(inFlight);
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(answers[1]!.body.length).toBe(body.length);
  });

  it("waits for a start that is under way, whatever the logger and the telemetry sink throw", async () => {
    const { output, exit } = startProgram(EARLY);
    expect(await output.next(/^RELOADED|bug/)).toBe("RELOADED ok");
    expect((await exit).code).toBe(0);
    const ports = output.lines.filter((line) => line.startsWith("PORT "));
    expect(ports).toHaveLength(3); // Of the primary, the worker, and the one after it.
    expect(new Set(ports).size).toBe(1);
  });

  it("keeps the old workers when the new code does not start", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "rollcage-test-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const flag = path.join(folder, "broken");
    const server = await startTestServer({ app: "breaks on reload" }, { BROKEN_BY: flag });
    const before = [(await ask(server.port)).text, (await ask(server.port)).text].toSorted();
    writeFileSync(flag, "");
    server.say("reload");
    expect(await server.event("RELOAD_FAILED")).toMatch(/new code is broken/);
    const after = [(await ask(server.port)).text, (await ask(server.port)).text].toSorted();
    expect(after).toEqual(before);
    for (const pid of after) expect(isAlive(Number(pid))).toBe(true);
  });
});
