import { once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import type { WebSocket } from "ws";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  safeWebSocket,
  type SafeWebSocket,
  type SafeWebSocketBehavior,
  type SendResult,
} from "../../safety/index.ts";
import type { TemplatedApp } from "../../src/uws.ts";
import { WebSocketBench } from "../helpers/websocket-app.ts";

const bench = new WebSocketBench();
afterEach(() => bench.close());

const MESSAGES = 1_000;
const MESSAGE_BYTES = 64 * 1024;
/** Together far more than the kernel takes for one connection. */
const message = (index: number): string => String(index).padStart(MESSAGE_BYTES, ".");
const MAX_BACKPRESSURE = 1024 * 1024;
/** More than the kernel usually takes at once. */
const large = new Uint8Array(MAX_BACKPRESSURE);

interface SlowReader {
  readonly ws: SafeWebSocket<unknown>;
  readonly app: TemplatedApp;
  readonly client: WebSocket;
  readonly behavior: ReturnType<typeof safeWebSocket>;
  /** What it has read, by the numbers in the messages. */
  readonly read: number[];
}

/** A client that has stopped reading. */
async function openSlowReader(options: SafeWebSocketBehavior<unknown>): Promise<SlowReader> {
  const opened = Promise.withResolvers<SafeWebSocket<unknown>>();
  const behavior = safeWebSocket({
    maxBackpressure: MAX_BACKPRESSURE,
    open: (ws) => opened.resolve(ws),
    ...options,
  });
  const { url, app } = await bench.serve(behavior);
  const client = await bench.open(url, options.compression ? ["rollcage.br.1"] : []);
  const read: number[] = [];
  client.on("message", (data: Buffer) =>
    read.push(Number.parseInt(data.toString().replace(/^\.+/u, ""), 10)),
  );
  client.pause();
  return { ws: await opened.promise, app, client, behavior, read };
}

interface Flood {
  readonly results: SendResult[];
  readonly maxBuffered: number;
}

/** Sends everything, a few messages in each turn, and looks how much waits. */
async function flood(
  ws: SafeWebSocket<unknown>,
  send = (text: string): SendResult => ws.send(text),
): Promise<Flood> {
  const results: SendResult[] = [];
  let maxBuffered = 0;
  for (let index = 0; index < MESSAGES; index++) {
    results.push(send(message(index)));
    maxBuffered = Math.max(maxBuffered, ws.getBufferedAmount());
    if (index % 8 === 7) await turn();
  }
  return { results, maxBuffered };
}

const FRAME_BYTES = MESSAGE_BYTES + 10;

describe("onBackpressure", () => {
  it("drop: keeps the connection, drops and counts, within maxBackpressure and one message", async () => {
    const dropped: number[] = [];
    const { ws, client, behavior, read } = await openSlowReader({
      onBackpressure: "drop",
      dropped: (_ws, data) => dropped.push(data.byteLength),
    });
    const { results, maxBuffered } = await flood(ws);
    const lost = results.filter((result) => result === "dropped").length;
    expect(lost).toBeGreaterThan(0);
    expect(results.filter((result) => result === "buffered").length).toBeGreaterThan(0);
    expect(results[0]).toBe("sent");
    expect(maxBuffered).toBeGreaterThan(MAX_BACKPRESSURE);
    expect(maxBuffered).toBeLessThanOrEqual(MAX_BACKPRESSURE + FRAME_BYTES);
    expect(behavior.stats).toMatchObject({ open: 1, dropped: lost });
    expect(dropped).toEqual(Array<number>(lost).fill(MESSAGE_BYTES));

    client.resume();
    expect(await ws.drained()).toBe(true);
    const kept = results.flatMap((result, index) => (result === "dropped" ? [] : [index]));
    await vi.waitUntil(() => read.length >= kept.length);
    expect(read).toEqual(kept);
  });

  it("close: closes the connection at the same bound, so that the client knows", async () => {
    const closed = Promise.withResolvers<number>();
    const { ws, client, behavior, read } = await openSlowReader({
      onBackpressure: "close",
      close: (_ws, code) => closed.resolve(code),
    });
    const { results, maxBuffered } = await flood(ws);
    expect(await closed.promise).toBe(1006);
    expect(results).toContain("dropped");
    expect(results.at(-1)).toBe("closed");
    expect(maxBuffered).toBeLessThanOrEqual(MAX_BACKPRESSURE + FRAME_BYTES);
    expect(behavior.stats).toMatchObject({ open: 0 });
    expect(await ws.drained()).toBe(false);
    client.resume();
    await once(client, "close");
    expect(read).toEqual(read.map((_number, index) => index));
  });

  it("queue: keeps everything up to maxQueuedBytes, and delivers it when the client reads again", async () => {
    const { ws, client, behavior, read } = await openSlowReader({
      onBackpressure: "queue",
      maxQueuedBytes: 2 * MESSAGES * MESSAGE_BYTES,
    });
    const { results, maxBuffered } = await flood(ws);
    expect(results).not.toContain("dropped");
    expect(maxBuffered).toBeGreaterThan(8 * MAX_BACKPRESSURE);
    client.resume();
    expect(await ws.drained()).toBe(true);
    await vi.waitUntil(() => read.length === MESSAGES, { timeout: 10_000 });
    expect(read).toEqual(Array.from({ length: MESSAGES }, (_, index) => index));
    expect(behavior.stats).toMatchObject({ open: 1, dropped: 0 });
  });

  it("queue: closes above maxQueuedBytes", async () => {
    const closed = Promise.withResolvers<number>();
    const maxQueuedBytes = 4 * MAX_BACKPRESSURE;
    const { ws } = await openSlowReader({
      onBackpressure: "queue",
      maxQueuedBytes,
      close: (_ws, code) => closed.resolve(code),
    });
    const { maxBuffered } = await flood(ws);
    expect(await closed.promise).toBe(1006);
    expect(maxBuffered).toBeLessThanOrEqual(maxQueuedBytes + FRAME_BYTES);
    expect(maxBuffered).toBeGreaterThan(maxQueuedBytes / 2);
  });

  it("holds for published messages too", async () => {
    const { ws, app, behavior } = await openSlowReader({ onBackpressure: "drop" });
    ws.subscribe("t");
    const { maxBuffered } = await flood(ws, (text) =>
      app.publish("t", text) ? "sent" : "dropped",
    );
    expect(maxBuffered).toBeLessThanOrEqual(MAX_BACKPRESSURE + FRAME_BYTES);
    expect(behavior.stats.dropped).toBeGreaterThan(0);
    expect(behavior.stats.open).toBe(1);
  });

  it("holds for what waits to be compressed", async () => {
    const { ws, behavior } = await openSlowReader({
      onBackpressure: "drop",
      compression: { codec: "brotli" },
    });
    const big = "x".repeat(200_000);
    const results = Array.from({ length: 100 }, () => ws.send(big));
    expect(ws.getBufferedAmount()).toBeLessThanOrEqual(MAX_BACKPRESSURE + big.length);
    const lost = results.filter((result) => result === "dropped").length;
    expect(lost).toBeGreaterThan(50);
    expect(behavior.stats.dropped).toBe(lost);
    expect(ws.done).toBe(false);
  });
});

describe("drained", () => {
  it("lets a producer go exactly as fast as its reader", async () => {
    const { ws, client, read } = await openSlowReader({});
    client.resume();
    for (let index = 0; index < MESSAGES; index++) {
      expect(ws.send(message(index))).not.toBe("dropped");
      expect(await ws.drained()).toBe(true);
    }
    await vi.waitUntil(() => read.length === MESSAGES);
  });

  it("resolves again for what is sent as soon as it has resolved, however large", async () => {
    const { ws, client, read } = await openSlowReader({ maxBackpressure: 64 * MAX_BACKPRESSURE });
    client.resume();
    let waits = 0;
    while (waits < 10) {
      if (ws.send(large) === "buffered") waits++;
      expect(await ws.drained()).toBe(true);
    }
    await vi.waitUntil(() => read.length >= waits);
  });
});

describe("drain", () => {
  it("follows what is sent in it, however large", async () => {
    let drains = 0;
    const tenth = Promise.withResolvers<undefined>();
    const fill = (socket: SafeWebSocket<unknown>): void => {
      while (socket.send(large) === "sent");
    };
    const { ws, client } = await openSlowReader({
      maxBackpressure: 64 * MAX_BACKPRESSURE,
      drain: (socket) => {
        if (socket.getBufferedAmount() > 0) return;
        if (++drains === 10) tenth.resolve(undefined);
        else fill(socket);
      },
    });
    fill(ws);
    client.resume();
    await tenth.promise;
    expect(drains).toBe(10);
  });
});
