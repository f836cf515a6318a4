import { Agent } from "node:http";
import { gzipSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import type { express } from "../../src/index.ts";
import { startApp, type App, type Express } from "../helpers/express-flavours.ts";
import { sendRequest } from "../helpers/send-request.ts";

const json = { "content-type": "application/json" };
const gzip = { ...json, "content-encoding": "gzip" };

function echo(options?: Parameters<Express["json"]>[0]) {
  return (app: App, express: Express): void => {
    app.use(express.json(options));
    app.post("/", (request, response) => {
      response.json(request.body);
    });
  };
}

async function post(build: ReturnType<typeof echo>, headers: object, body: string | Buffer) {
  await using running = await startApp("rollcage", build);
  return await sendRequest(running.url, { method: "POST", headers: { ...headers }, body });
}

describe("express.json", () => {
  it("answers 400 to a body that is not the gzip it claims to be, and goes on serving", async () => {
    await using running = await startApp("rollcage", echo());
    const options = { method: "POST", headers: gzip, body: "not gzip" };
    expect(await sendRequest(running.url, options)).toMatchObject({ status: 400 });
    expect(
      await sendRequest(running.url, { method: "POST", headers: json, body: '{"a":1}' }),
    ).toMatchObject({ status: 200, text: '{"a":1}' });
  });

  it("holds the limit for the decoded size", async () => {
    const bomb = gzipSync(`"${"a".repeat(100_000_000)}"`);
    const before = process.memoryUsage().rss;
    expect(await post(echo({ limit: "50kb" }), gzip, bomb)).toMatchObject({ status: 413 });
    expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000);
  });

  it.each([
    ["at", 10, 200],
    ["one byte over", 9, 413],
  ])("takes a limit as a number: %s it", async (_name, limit, status) => {
    expect(await post(echo({ limit }), json, '{"a":"bc"}')).toMatchObject({ status });
  });

  it.each([
    ["malformed JSON", 400, json, '{"a":'],
    ["a body over the default limit", 413, json, JSON.stringify("x".repeat(102_400))],
    ["an unknown charset", 415, { "content-type": "application/json; charset=x-y" }, "{}"],
    ["an unknown encoding", 415, { ...json, "content-encoding": "pied-piper" }, "{}"],
  ])("answers %s with %i", async (_name, status, headers, body) => {
    expect(await post(echo(), headers, body)).toMatchObject({ status });
  });
});

describe("a body that nobody reads", () => {
  it.each([
    ["send", (response: express.Response) => void response.send("sent")],
    [
      "write and end",
      (response: express.Response) => {
        response.write("se");
        response.end("nt");
      },
    ],
    [
      "a sized write",
      (response: express.Response) => {
        response.set("content-length", "4").write("sent");
        response.end();
      },
    ],
  ])("leaves the connection usable after %s", async (_name, answer) => {
    await using running = await startApp("rollcage", (app) => {
      app.post("/", (request, response) => {
        // More has come by then than is kept for a reader.
        whenBuffered(request, () => answer(response));
      });
      app.get("/", (_request, response) => void response.send("next"));
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const body = Buffer.alloc(3_000_000);
    const headers = { "content-length": `${body.length}` };
    const options = { method: "POST", agent, body, headers };
    expect(await sendRequest(running.url, options)).toMatchObject({ text: "sent" });
    expect(await sendRequest(running.url, { agent })).toMatchObject({ text: "next" });
    agent.destroy();
  });
});

function whenBuffered(request: express.Request, callback: () => void): void {
  if (request.readableLength >= request.readableHighWaterMark) callback();
  else setImmediate(whenBuffered, request, callback);
}
