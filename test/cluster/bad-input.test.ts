import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { ask, openRaw, sendRaw } from "../helpers/http-client.ts";
import { startProgram, startTestServer } from "../helpers/test-server.ts";

const request = (...lines: string[]) => `${["GET / HTTP/1.1", ...lines].join("\r\n")}\r\n\r\n`;

describe("startServer, given bad input by a client", () => {
  it.each([
    ["a head of 100 KB", request("Host: x", `Cookie: ${"a".repeat(100_000)}`), 431],
    ["a malformed request line", "GET/HTTP\r\nHost: x\r\n\r\n", 400],
    ["a request line without a target", "GET\r\n\r\n", 400],
    ["two lengths", request("Host: x", "Content-Length: 1", "Content-Length: 2"), 400],
    [
      "a length with an encoding",
      request("Host: x", "Content-Length: 1", "Transfer-Encoding: chunked"),
      400,
    ],
    ["no host", request(), 400],
    ["several hosts", request("Host: x", "Host: y"), 400],
    ["a bare line feed", "GET / HTTP/1.1\nHost: x\n\n", 400],
    ["an empty header name", request("Host: x", ": y"), 400],
  ])("answers %s itself, and closes", async (_name, bytes, status) => {
    const server = await startTestServer({ app: "uws" });
    const answer = await sendRaw(server.port, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toMatch(/\r\nConnection: close\r\n/);
    expect((await ask(server.port)).status).toBe(200);
  });

  it.each([
    ["uws", "handoff"],
    ["uws", "proxy"],
    ["http.Server", "handoff"],
    ["http.Server", "proxy"],
  ] as const)("lets %s under %s have a head of exactly maxHeaderBytes", async (app, transport) => {
    const maxHeaderBytes = 40_000;
    const server = await startTestServer({ app, config: { transport, maxHeaderBytes } });
    const lines = ["Host: x", "Connection: close", "Cookie: "];
    const room = maxHeaderBytes - request(...lines).length;
    lines.push(`${lines.pop()}${"a".repeat(room)}`);
    expect(await sendRaw(server.port, request(...lines))).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("closes what is no HTTP", async () => {
    const server = await startTestServer({ app: "uws" });
    expect(await sendRaw(server.port, Buffer.from([1, 2, 3, 4]))).toBe("");
  });

  it("closes a client that opens with a PROXY header", async () => {
    const server = await startTestServer({ app: "uws", config: { transport: "proxy" } });
    const header = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
    expect(
      await sendRaw(server.port, Buffer.concat([header, Buffer.from(request("Host: x"))])),
    ).toBe("");
  });

  it("does not let a client forge its address later on", async () => {
    const server = await startTestServer({ app: "uws", config: { transport: "proxy" } });
    const forged = Buffer.concat([
      Buffer.from("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", "latin1"),
      Buffer.from([9, 9, 9, 9, 0, 0, 0, 0, 0, 1, 0, 1]),
      Buffer.from("GET /ip HTTP/1.1\r\nHost: x\r\n\r\n"),
    ]);
    for (const splitAt of [0, 5, 11, 12, 13]) {
      const socket = openRaw(server.port);
      socket.setEncoding("latin1");
      socket.write("GET /ip HTTP/1.1\r\nHost: x\r\n\r\n");
      const [first] = await once(socket, "data");
      expect(first).toContain("127.0.0.1");
      let later = "";
      socket.on("data", (text) => (later += text));
      socket.on("error", () => {});
      const closed = once(socket, "close");
      socket.write(forged.subarray(0, splitAt), () => socket.write(forged.subarray(splitAt)));
      await closed;
      expect(later).not.toContain("9.9.9.9");
    }
  });

  it("drops a client that says nothing, and answers one that stops in its head with 408", async () => {
    const server = await startTestServer({ app: "uws", config: { headersTimeoutMs: 300 } });
    expect(await sendRaw(server.port, "")).toBe("");
    expect(await sendRaw(server.port, "GET / HTTP/1.1\r\nHost:")).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("refuses connections over maxConnections with 503 until one is closed", async () => {
    const server = await startTestServer({ app: "uws", config: { maxConnections: 1 } });
    const first = openRaw(server.port);
    first.write(request("Host: x"));
    await once(first, "data");
    const refused = await ask(server.port);
    expect(refused.status).toBe(503);
    expect(refused.headers["retry-after"]).toBe("1");
    first.destroy();
    await expect.poll(async () => (await ask(server.port)).status).toBe(200);
  });

  it("answers readyPath itself", async () => {
    const server = await startTestServer({ app: "uws", config: { readyPath: "/ready" } });
    expect(await ask(server.port, "/ready?x")).toMatchObject({ status: 200, text: "ready" });
    expect(await ask(server.port, "/ready", { method: "HEAD" })).toMatchObject({
      status: 200,
      text: "",
    });
  });
});

describe("startServer, misused", () => {
  it("names the port that is in use", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void other.close());
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const program = startProgram(new URL("../fixtures/server.ts", import.meta.url).pathname, [
      JSON.stringify({ app: "uws", config: { port } }),
    ]);
    expect((await program.exit).code).toBe(1);
    const printed = program.output.lines.join("\n");
    expect(printed).toContain("ERR_ROLLCAGE_ADDRESS_IN_USE");
    expect(printed).toContain(`Port ${port} on 127.0.0.1 is in use`);
  });
});
