import { Agent } from "node:http";
import { writeFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startApp, type App } from "../helpers/express-flavours.ts";
import { sendRequest } from "../helpers/send-request.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollcage-head-"));
  await writeFile(join(folder, "file.txt"), "0123456789");
});
afterAll(() => rm(folder, { recursive: true }));

const routes: readonly (readonly [string, (app: App) => void, string | undefined])[] = [
  ["send", (app) => app.get("/", (_request, response) => void response.send("0123456789")), "10"],
  [
    "sendFile",
    (app) => app.get("/", (_request, response) => response.sendFile(join(folder, "file.txt"))),
    "10",
  ],
  [
    "write",
    (app) =>
      app.get("/", (_request, response) => {
        response.write("01234");
        response.end("56789");
      }),
    undefined,
  ],
  [
    "a content-length and end",
    (app) => app.head("/", (_request, response) => void response.set("content-length", "10").end()),
    "10",
  ],
];

describe("HEAD", () => {
  it.each(routes)("leaves the connection usable after %s", async (_name, build, length) => {
    await using running = await startApp("rollcage", (app) => {
      build(app);
      app.get("/next", (_request, response) => void response.send("next"));
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const head = await sendRequest(running.url, { method: "HEAD", agent });
    expect(head).toMatchObject({ status: 200, text: "" });
    expect(head.headers["content-length"]).toBe(length);
    expect(await sendRequest(`${running.url}/next`, { agent })).toMatchObject({ text: "next" });
    agent.destroy();
  });
});
