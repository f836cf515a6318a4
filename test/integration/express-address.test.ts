import { describe, expect, it } from "vitest";

import type { express } from "../../src/index.ts";
import { startApp } from "../helpers/express-flavours.ts";
import { sendRequest } from "../helpers/send-request.ts";

function describePeer(request: express.Request): object {
  const { remoteAddress, remoteFamily, remotePort, encrypted } = request.socket as never;
  const same = request.socket === request.connection && request.socket === request.res?.socket;
  return { ip: request.ip, remoteAddress, remoteFamily, port: typeof remotePort, encrypted, same };
}

describe("request.socket", () => {
  it("is the same as on the response, and says who the peer is", async () => {
    await using running = await startApp("rollcage", (app) => {
      app.get("/", (request, response) => void response.json(describePeer(request)));
    });
    const { text } = await sendRequest(running.url);
    expect(JSON.parse(text)).toEqual({
      ip: "127.0.0.1",
      remoteAddress: "127.0.0.1",
      remoteFamily: "IPv4",
      port: "number",
      same: true,
    });
  });

  it("still knows the address when the answer is out", async () => {
    const seen = Promise.withResolvers<unknown>();
    await using running = await startApp("rollcage", (app) => {
      app.get("/", (request, response) => {
        void request.ip;
        response.on("finish", () => seen.resolve(request.ip));
        response.send("sent");
      });
    });
    await sendRequest(running.url);
    expect(await seen.promise).toBe("127.0.0.1");
  });
});

describe("request.ip", () => {
  it("is that of the forwarding header where the proxy is trusted", async () => {
    await using running = await startApp("rollcage", (app) => {
      app.set("trust proxy", "loopback");
      app.get("/", (request, response) => void response.json([request.ip, request.ips]));
    });
    const headers = { "x-forwarded-for": "203.0.113.9" };
    const { text } = await sendRequest(running.url, { headers });
    expect(JSON.parse(text)).toEqual(["203.0.113.9", ["203.0.113.9"]]);
  });
});
