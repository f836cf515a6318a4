import { Agent } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import type { AppName } from "../fixtures/apps.ts";
import { ask } from "../helpers/http-client.ts";
import { startTestServer } from "../helpers/test-server.ts";

const kinds: readonly AppName[] = [
  "ultimate-express",
  "uws",
  "http.Server",
  "listener",
  "express 5",
  "express 4",
  "koa",
  "connect",
  "fastify",
];

describe("startServer under proxy", () => {
  it.each(kinds)("serves %s on two workers, with the client's own address", async (app) => {
    const server = await startTestServer({ app, config: { transport: "proxy" } });
    expect(server.result).toMatchObject({ mode: "primary", transport: "proxy", workers: 2 });

    const answers = [await ask(server.port), await ask(server.port)];
    expect(new Set(answers.map(({ text }) => text)).size).toBe(2);
    expect((await ask(server.port, "/ip")).text).toMatch(/^(::ffff:)?127\.0\.0\.1$/);

    const body = Buffer.alloc(300_000, "rollcage");
    const echoed = await ask(server.port, "/echo", { method: "POST", body });
    expect(echoed.body.equals(body)).toBe(true);

    // Several requests on one connection: all to one worker.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const kept = [await ask(server.port, "/", { agent }), await ask(server.port, "/", { agent })];
    expect(kept[0]?.text).toBe(kept[1]?.text);

    server.say("stop");
    await server.event("STOPPED");
    expect(await server.exit).toEqual({ code: 0, signal: null });
  });

  it.each([
    ["can only listen", "listen only"],
    ["ignores host and callback", "listens without a word"],
  ] as const)("serves an app that %s", async (_how, app) => {
    const server = await startTestServer({ app, config: { startupTimeoutMs: 10_000 } });
    expect(server.result.transport).toBe("proxy");
    const answers = [await ask(server.port), await ask(server.port)];
    expect(new Set(answers.map(({ text }) => text)).size).toBe(2);
  });

  it.each(["ultimate-express", "http.Server", "listen only"] as const)(
    "reloads %s, whose workers have TCP addresses of their own",
    async (app) => {
      const config = { transport: "proxy", baseWorkerPort: 24_617 } as const;
      const server = await startTestServer({ app, config });
      for (let reload = 0; reload < 2; reload++) {
        const before = [await ask(server.port), await ask(server.port)];
        server.say("reload");
        expect(await server.output.next(/^RELOAD(ED|_FAILED)/)).toMatch(/^RELOADED/);
        const after = [await ask(server.port), await ask(server.port)];
        expect(new Set([...before, ...after].map(({ text }) => text)).size).toBe(4);
      }
    },
  );

  it("gives workers the TCP addresses that are asked for", async () => {
    const server = await startTestServer({
      app: "uws",
      config: { transport: "proxy", workers: 1, baseWorkerPort: 39_417 },
    });
    expect((await ask(server.port, "/ip")).text).toBe("127.0.0.1");
    const direct = await ask(39_417);
    expect(direct.text).toBe((await ask(server.port)).text);
  });
});
