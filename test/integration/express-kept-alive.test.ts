import { Agent } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { flavours, startApp, type Flavour } from "../helpers/express-flavours.ts";
import { ask } from "../helpers/http-client.ts";
import { sendRequest } from "../helpers/send-request.ts";

describe("a request stream", () => {
  it("hears the next request of its connection after a large body that was read late", async () => {
    await using running = await startApp("rollcage", (app) => {
      app.post("/", (request, response) => {
        // Late: meanwhile the stream fills up, and stops the connection.
        void delay(50).then(() => {
          let bytes = 0;
          request.on("data", (chunk: Buffer) => (bytes += chunk.length));
          request.on("end", () => response.json({ bytes }));
        });
      });
      app.get("/", (_request, response) => void response.send("next"));
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    for (const size of [100_000, 600_000, 3_000_000]) {
      const body = Buffer.alloc(size);
      const posted = await ask(running.port, "/", { method: "POST", agent, body });
      expect(posted.text).toBe(`{"bytes":${size}}`);
      expect((await ask(running.port, "/", { agent })).text).toBe("next");
    }
  });
});

describe.each(Object.keys(flavours) as Flavour[])("a kept-alive connection of %s", (flavour) => {
  it("is announced to end where the client asks for it", async () => {
    await using running = await startApp(flavour, (app) => {
      app.get("/", (_request, response) => void response.send("sent"));
    });
    const asking = { headers: { connection: "close" } };
    const { headers } = await sendRequest(running.url, asking);
    expect(headers).toHaveProperty("connection", "close");
    expect(headers).not.toHaveProperty("keep-alive");
    const kept = await sendRequest(running.url, { headers: { connection: "keep-alive" } });
    expect(kept.headers).toHaveProperty("connection", "keep-alive");
  });
});
