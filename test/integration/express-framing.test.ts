import { describe, expect, it } from "vitest";

import { startApp, type App } from "../helpers/express-flavours.ts";
import { exchangeRaw } from "../helpers/raw-client.ts";

/** Answers what nobody but a front server should have let through. */
function build(app: App): void {
  app.post("/", (_request, response) => void response.send("posted"));
  app.get("/hidden", (_request, response) => void response.send("hidden"));
}

const hidden = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n";

describe("a request whose end others may see elsewhere", () => {
  it.each([
    ["two lengths", `Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n`],
    ["an unknown transfer encoding", "Transfer-Encoding: identity\r\n\r\n0\r\n\r\n"],
  ])("is refused, and closes its connection: %s", async (_name, rest) => {
    await using running = await startApp("rollcage", build);
    const port = Number(new URL(running.url).port);
    const request = `POST / HTTP/1.1\r\nHost: x\r\n${rest}`;
    const alone = await exchangeRaw(port, { pieces: [request] });
    expect(alone.text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n(.+\r\n)*connection: close\r\n/i);
    expect(alone.closed).toBe(true);
    const followed = await exchangeRaw(port, { pieces: [request + hidden] });
    expect(followed).toEqual({ text: expect.not.stringContaining("hidden"), closed: true });
  });
});
