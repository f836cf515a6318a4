import { once } from "node:events";
import type { AddressInfo } from "node:net";

import { describe, expect, it } from "vitest";

import { express } from "../../src/index.ts";
import { sendRequest } from "../helpers/send-request.ts";

type App = ReturnType<typeof express>;

function createApp(): App {
  const app = express({ threads: 0 });
  app.get("/", (request, response) => void response.send(request.ip));
  return app;
}

describe("app.listen", () => {
  it("calls back and emits listening once it has returned", async () => {
    const app = createApp();
    const order: string[] = [];
    const server = app.listen(0, () => order.push("callback"));
    order.push("returned");
    await once(server, "listening");
    expect(order).toEqual(["returned", "callback"]);
    server.close();
  });

  it("gives an IPv4 client of a dual-stack listener the address that Node gives it", async () => {
    const server = createApp().listen(0, () => {});
    const { address, family, port } = server.address() as AddressInfo;
    expect({ address, family }).toEqual({ address: "::", family: "IPv6" });
    expect(await sendRequest(`http://127.0.0.1:${port}`)).toMatchObject({
      text: "::ffff:127.0.0.1",
    });
    server.close();
  });

  it("takes an options object", async () => {
    const app = createApp();
    const listen = app.listen.bind(app) as unknown as (options: object) => typeof server;
    const server = app;
    listen({ port: 0, host: "127.0.0.1" });
    const { address, port } = (server as never as { address(): AddressInfo }).address();
    expect(address).toBe("127.0.0.1");
    expect(await sendRequest(`http://127.0.0.1:${port}`)).toMatchObject({ text: "127.0.0.1" });
    (app as unknown as { close(): void }).close();
  });

  it("reports a port in use to the error listener", async () => {
    const first = createApp().listen(0, "127.0.0.1");
    const { port } = first.address() as AddressInfo;
    const second = createApp();
    const failed = once(second, "error");
    second.listen(port, "127.0.0.1");
    const [error] = (await failed) as [NodeJS.ErrnoException];
    expect(error.code).toBe("EADDRINUSE");
    first.close();
  });

  it("has no address after close, and can listen again", async () => {
    const app = createApp();
    const server = app.listen(0, "127.0.0.1");
    const closed = once(server, "close");
    server.close();
    await closed;
    expect(server.address()).toBeNull();
    app.listen(0, "127.0.0.1");
    const { port } = server.address() as AddressInfo;
    expect(await sendRequest(`http://127.0.0.1:${port}`)).toMatchObject({ text: "127.0.0.1" });
    server.close();
  });
});
