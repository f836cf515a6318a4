import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { WebSocket } from "ws";
import { connect } from "../../client/index.ts";
import {
  safeWebSocket,
  type SafeWebSocket,
  type SafeWebSocketBehavior,
} from "../../safety/index.ts";
import { App } from "../../src/uws.ts";
import { WebSocketBench } from "../helpers/websocket-app.ts";

const bench = new WebSocketBench();
afterEach(() => bench.close());

/** A client that tells what has crossed the wire: the first bytes of every frame, and how many there were. */
async function openPlain(
  url: string,
  protocols: string[] = [],
): Promise<{
  client: WebSocket;
  messages: [Buffer, boolean][];
  wire: () => number;
}> {
  const client = bench.connect(url, protocols);
  const messages: [Buffer, boolean][] = [];
  client.on("message", (data: Buffer, isBinary: boolean) => messages.push([data, isBinary]));
  let bytes = 0;
  client.on("upgrade", ({ socket }) =>
    socket.on("data", (chunk: Buffer) => (bytes += chunk.length)),
  );
  await once(client, "open");
  return { client, messages, wire: () => bytes };
}

async function openBrotli(
  url: string,
  protocols?: string,
): Promise<{ socket: globalThis.WebSocket; messages: unknown[] }> {
  const socket = connect(url, protocols);
  bench.onClose(() => socket.close());
  socket.binaryType = "arraybuffer";
  const messages: unknown[] = [];
  socket.addEventListener("message", ({ data }) => messages.push(data));
  await once(socket, "open");
  return { socket, messages };
}

const json = JSON.stringify(Array.from({ length: 900 }, (_, id) => ({ id, price: id * 1.25 })));
const sockets: SafeWebSocket<unknown>[] = [];
const keep = (ws: SafeWebSocket<unknown>): void => {
  sockets.push(ws);
};
afterEach(() => sockets.splice(0));

describe("compression: deflate", () => {
  const behavior = () => safeWebSocket({ compression: { codec: "deflate" }, open: keep });

  it("is negotiated, and used from the threshold on only", async () => {
    const { url } = await bench.serve(behavior());
    const { client, messages, wire } = await openPlain(url);
    expect(client.extensions).toContain("permessage-deflate");
    const below = "a".repeat(1_399);
    sockets[0]!.send(below);
    await vi.waitUntil(() => messages.length === 1);
    expect(wire()).toBe(1_399 + 4);
    sockets[0]!.send(`${below}a`);
    await vi.waitUntil(() => messages.length === 2);
    expect(wire()).toBeLessThan(1_403 + 100);
    expect(messages[1]![0].length).toBe(1_400);
  });

  it("applies to published messages too, and can be forbidden", async () => {
    const { url, app } = await bench.serve(behavior());
    const { messages, wire } = await openPlain(url);
    sockets[0]!.subscribe("t");
    app.publish("t", json);
    await vi.waitUntil(() => messages.length === 1);
    expect(wire()).toBeLessThan(json.length / 2);
    const before = wire();
    app.publish("t", json, false, false);
    sockets[0]!.send(json, false, false);
    await vi.waitUntil(() => messages.length === 3);
    expect(wire() - before).toBe(2 * (json.length + 4));
  });

  it("leaves a client of ours without brotli connected, unframed", async () => {
    const { url } = await bench.serve(behavior());
    const { messages } = await openBrotli(url);
    sockets[0]!.send(Uint8Array.of(1, 2, 3));
    await vi.waitUntil(() => messages.length === 1);
    expect(messages).toEqual([Uint8Array.of(1, 2, 3).buffer]);
  });
});

describe("compression: none", () => {
  it("negotiates nothing", async () => {
    const { url } = await bench.serve(safeWebSocket({ open: keep }));
    const { client, messages, wire } = await openPlain(url);
    expect(client.extensions).toBe("");
    sockets[0]!.send(json, false, true);
    await vi.waitUntil(() => messages.length === 1);
    expect(wire()).toBe(json.length + 4);
  });
});

describe("compression: brotli", () => {
  const behavior = (more: SafeWebSocketBehavior<unknown> = {}) =>
    safeWebSocket({ compression: { codec: "brotli" }, open: keep, ...more });

  it("is a text frame below the threshold and a framed binary one above, for a client that asks for it", async () => {
    const { url } = await bench.serve(behavior());
    const { client, messages, wire } = await openPlain(url, ["rollcage.br.1"]);
    expect(client.protocol).toBe("rollcage.br.1");
    sockets[0]!.send("small");
    sockets[0]!.send(Uint8Array.of(7));
    sockets[0]!.send(json);
    await vi.waitUntil(() => messages.length === 3);
    expect(messages[0]).toEqual([Buffer.from("small"), false]);
    expect(messages[1]).toEqual([Buffer.of(0, 7), true]);
    expect(messages[2]![0][0]).toBe(1);
    expect(messages[2]![1]).toBe(true);
    expect(wire()).toBeLessThan(json.length / 4);
  });

  it("does not touch what other clients get", async () => {
    const { url, app } = await bench.serve(behavior());
    const { client, messages } = await openPlain(url);
    expect(client.protocol).toBe("");
    sockets[0]!.subscribe("t");
    sockets[0]!.send(json);
    app.publish("t", Uint8Array.of(1, 2), true);
    await vi.waitUntil(() => messages.length === 2);
    expect(messages).toEqual([
      [Buffer.from(json), false],
      [Buffer.of(1, 2), true],
    ]);
  });

  it("reaches both kinds of subscribers with one publish, from the app and from a socket", async () => {
    const { url, app } = await bench.serve(behavior());
    const plain = await openPlain(url);
    const framed = await openBrotli(url);
    for (const ws of sockets) ws.subscribe("t");
    expect(app.numSubscribers("t")).toBe(2);
    app.publish("t", json);
    sockets[0]!.publish("t", "from the plain one");
    sockets[1]!.publish("t", Uint8Array.of(5));
    await vi.waitUntil(() => plain.messages.length === 2 && framed.messages.length === 2);
    expect(plain.messages).toEqual([
      [Buffer.from(json), false],
      [Buffer.of(5), true],
    ]);
    expect(framed.messages).toEqual([json, "from the plain one"]);
  });

  it("hides its own topics", async () => {
    const counts: unknown[] = [];
    const { url, app } = await bench.serve(
      behavior({
        subscription: (_ws: unknown, topic: ArrayBuffer, now: number, before: number) =>
          counts.push([Buffer.from(topic).toString(), now, before]),
      }),
    );
    await openPlain(url);
    await openBrotli(url);
    for (const ws of sockets) expect(ws.subscribe("t")).toBe(true);
    expect(counts).toEqual([
      ["t", 1, 0],
      ["t", 2, 1],
    ]);
    for (const ws of sockets) {
      expect(ws.getTopics()).toEqual(["t"]);
      expect(ws.isSubscribed("t")).toBe(true);
      expect(ws.subscribe("\0rollcage.br\0t")).toBe(false);
      expect(ws.publish("\0rollcage.br\0t", "x")).toBe(false);
      expect(ws.unsubscribe("t")).toBe(true);
    }
    expect(app.numSubscribers("t")).toBe(0);
  });

  it("keeps a socket's messages in order while large ones are compressed off the event loop", async () => {
    const { url, app } = await bench.serve(behavior({ maxBackpressure: 64 * 1024 * 1024 }));
    const { messages } = await openBrotli(url);
    const [ws] = sockets;
    ws!.subscribe("t");
    const huge = JSON.stringify(Array.from({ length: 30_000 }, (_, id) => ({ id })));
    const sent: string[] = [];
    for (let round = 0; round < 5; round++) {
      for (const text of [`${round} sent ${huge}`, `${round} small`]) {
        sent.push(text);
        ws!.send(text);
      }
      for (const text of [`${round} published ${huge}`, `${round} published small`]) {
        sent.push(text);
        app.publish("t", text);
      }
    }
    expect(ws!.getBufferedAmount()).toBeGreaterThan(0);
    expect(await ws!.drained()).toBe(true);
    await vi.waitUntil(() => messages.length === sent.length, { timeout: 10_000 });
    expect(messages.map((message) => String(message).slice(0, 30))).toEqual(
      sent.map((text) => text.slice(0, 30)),
    );
  });

  it("sends what was sent before end()", async () => {
    const { url } = await bench.serve(behavior());
    const { socket, messages } = await openBrotli(url);
    const closed = once(socket, "close");
    const huge = "huge ".repeat(50_000);
    expect(sockets[0]!.send(huge)).toBe("buffered");
    sockets[0]!.end(4_000, "done");
    expect(sockets[0]!.done).toBe(true);
    expect(sockets[0]!.send("late")).toBe("closed");
    await closed;
    expect(messages).toEqual([huge]);
  });

  it("survives a client that leaves while its message is compressed", async () => {
    const failures: unknown[] = [];
    const { url } = await bench.serve(
      behavior({ onError: (error: unknown) => failures.push(error) }),
    );
    const { client } = await openPlain(url, ["rollcage.br.1"]);
    const [ws] = sockets;
    ws!.send("huge ".repeat(50_000));
    const drained = ws!.drained();
    client.terminate();
    ws!.close();
    expect(await drained).toBe(false);
    const { messages } = await openBrotli(url);
    sockets[1]!.send(json);
    await vi.waitUntil(() => messages.length === 1);
    expect(failures).toEqual([]);
  });

  it("leaves alone what does not get smaller", async () => {
    const { url } = await bench.serve(behavior());
    const { client, messages } = await openPlain(url, ["rollcage.br.1"]);
    expect(client.protocol).toBe("rollcage.br.1");
    const noise = randomBytes(5_000);
    sockets[0]!.send(noise);
    await vi.waitUntil(() => messages.length === 1);
    expect(messages[0]![0]).toEqual(Buffer.concat([Buffer.of(0), noise]));
  });

  it("keeps the application's own protocol", async () => {
    const { url } = await bench.serve(behavior());
    const { socket, messages } = await openBrotli(url, "chat");
    expect(socket.protocol).toBe("chat");
    sockets[0]!.send(json);
    await vi.waitUntil(() => messages.length === 1);
    expect(messages).toEqual([json]);
  });

  it("refuses to be part of two apps", () => {
    const shared = behavior();
    App().ws("/a", shared).ws("/b", shared).close();
    const other = App();
    expect(() => other.ws("/c", shared)).toThrow("part of one app");
    other.close();
  });
});
