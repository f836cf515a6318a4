import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { ask } from "../helpers/http-client.ts";
import { startProgram, type TestProgram } from "../helpers/test-server.ts";

const fileOf = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

async function startExample(
  name: string,
  env: Record<string, string> = {},
): Promise<TestProgram & { readonly port: number }> {
  const program = startProgram(fileOf(`examples/${name}.ts`), [], { PORT: "0", ...env });
  const line = await program.output.next(/^http:.* \(transport \w+, \d+ workers\)$/u);
  return { ...program, port: Number(new URL(line.split(" ", 1)[0]!).port) };
}

async function startFixture(): Promise<TestProgram & { readonly port: number }> {
  const program = startProgram(fileOf("test/fixtures/created-app.ts"));
  return { ...program, port: Number((await program.output.next(/^READY /u)).slice(6)) };
}

describe("examples/create-app", () => {
  it("serves its API and its site from every worker, also while one of them dies", async () => {
    const { port } = await startExample("create-app");
    const pids = new Set<number>();
    await expect
      .poll(async () => {
        pids.add(JSON.parse((await ask(port, "/api/status")).text).pid);
        return pids.size;
      })
      .toBeGreaterThan(1);
    const [victim] = pids;
    process.kill(victim!, "SIGKILL");
    for (let index = 0; index < 50; index++) {
      const page = await ask(port, "/static/");
      expect(page).toMatchObject({
        status: 200,
        headers: { "content-type": "text/html; charset=utf-8" },
      });
      expect((await ask(port, "/api/status")).headers["cache-control"]).toBe("no-cache, no-store");
    }
    expect(await ask(port, "/static")).toMatchObject({ status: 301 });
    expect(await ask(port, "/static/..%2fbasic.ts")).toMatchObject({ status: 403 });
  });
});

describe("examples/api-keys", () => {
  it("lets in who has a key", async () => {
    const { port } = await startExample("api-keys");
    expect((await ask(port, "/health")).text).toBe("ok");
    expect((await ask(port, "/orders")).status).toBe(401);
    expect((await ask(port, "/orders", { headers: { "x-api-key": "wrong" } })).status).toBe(401);
    const answer = await ask(port, "/orders", { headers: { "x-api-key": "demo" } });
    expect(JSON.parse(answer.text)).toEqual({ owner: "ann", orders: [] });
  });
});

describe("examples/vite", () => {
  it("serves the page with Vite's client in it, beside its API", async () => {
    // Vite opens a port of its own for its WebSocket.
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port: hmrPort } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const { port } = await startExample("vite", { HMR_PORT: String(hmrPort) });
    const page = await ask(port, "/", { headers: { accept: "text/html" } });
    expect(page.text).toContain('src="/@vite/client"');
    expect((await ask(port, "/main.js")).text).toContain("import.meta.hot");
    expect(JSON.parse((await ask(port, "/api/status")).text)).toEqual({
      pid: expect.any(Number) as number,
    });
  });
});

describe("startServer with createApp", () => {
  it("starts and stops the plugins of every worker, and says goodbye to WebSockets", async () => {
    const { port, child, exit, output } = await startFixture();
    const started = () => output.lines.filter((line) => line === "plugin started").length;
    expect(started()).toBe(2);
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
    await new Promise((resolve) => socket.once("open", resolve));
    const goodbye = new Promise<number>((resolve) => socket.once("close", resolve));
    child.kill("SIGTERM");
    expect(await goodbye).toBe(1001);
    expect((await exit).code).toBe(0);
    expect(output.lines.filter((line) => line === "plugin stopped")).toHaveLength(2);
  });

  it("rejects with what kept a plugin from starting", async () => {
    const { exit, output } = startProgram(fileOf("test/fixtures/created-app.ts"), ["broken"]);
    expect((await exit).code).toBe(1);
    expect(output.lines.join("\n")).toContain("Plugin console did not start: no database");
  });
});
