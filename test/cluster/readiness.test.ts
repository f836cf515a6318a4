import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { ask } from "../helpers/http-client.ts";
import { startTestServer } from "../helpers/test-server.ts";

interface Goodbye {
  readonly code: number;
  readonly at: number;
}

async function openWebSockets(port: number, count: number): Promise<Promise<Goodbye>[]> {
  const sockets = Array.from({ length: count }, () => new WebSocket(`ws://127.0.0.1:${port}/ws`));
  await Promise.all(sockets.map((socket) => once(socket, "open")));
  return sockets.map(async (socket) => {
    const [code] = await once(socket, "close");
    return { code: code as number, at: performance.now() };
  });
}

describe("readyPath", () => {
  it("is ready while the server serves, and no longer once a stop has begun", async () => {
    const server = await startTestServer({
      app: "uws",
      config: { readyPath: "/ready", shutdownDelayMs: 700 },
    });
    expect((await ask(server.port, "/ready")).status).toBe(200);
    server.child.kill("SIGTERM");
    await server.output.next(/SIGTERM/);
    expect(await ask(server.port, "/ready")).toMatchObject({ status: 503, text: "not ready" });
    expect((await ask(server.port)).status).toBe(200);
    expect(await server.exit).toEqual({ code: 0, signal: null });
  });
});

describe("WebSockets", () => {
  it.each(["uws with WebSockets", "http.Server with WebSockets"] as const)(
    "of %s are closed with 1001 by a stop",
    async (app) => {
      const server = await startTestServer({ app });
      const closed = await openWebSockets(server.port, 20);
      server.say("stop");
      const codes = (await Promise.all(closed)).map(({ code }) => code);
      expect(codes).toEqual(Array(20).fill(1001));
      await server.event("STOPPED");
    },
  );

  it.each(["uws with WebSockets", "http.Server with WebSockets"] as const)(
    "of %s are closed with 1012 by a reload, in stages",
    async (app) => {
      const server = await startTestServer({ app, config: { workers: 1 } });
      const closed = await openWebSockets(server.port, 40);
      server.say("reload");
      const ends = await Promise.all(closed);
      expect(ends.map(({ code }) => code)).toEqual(Array(40).fill(1012));
      const times = ends.map(({ at }) => at);
      // Ten stages, 200 ms apart: from the first to the last, nine pauses.
      expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(1_500);
    },
  );
});
