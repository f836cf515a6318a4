import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { hasRedis, RedisServer } from "../helpers/redis-server.ts";
import { startExample } from "../helpers/running-example.ts";

interface ChatMessage {
  readonly from: string;
  readonly text: string;
}

/** Somebody in a chat room. */
class Guest implements Disposable {
  readonly heard: ChatMessage[] = [];
  readonly socket: WebSocket;

  constructor(url: string, name: string, room: string) {
    this.socket = new WebSocket(`${url.replace("http", "ws")}/chat?name=${name}&room=${room}`);
    this.socket.on("error", () => {});
    this.socket.on("message", (data: Buffer) =>
      this.heard.push(JSON.parse(data.toString()) as ChatMessage),
    );
  }

  async hears(from: string, text: string | RegExp): Promise<void> {
    const matches = (message: ChatMessage): boolean =>
      message.from === from &&
      (typeof text === "string" ? message.text === text : text.test(message.text));
    await vi.waitUntil(() => this.heard.some(matches), { timeout: 30_000 });
  }

  /** The worker that this guest's own arrival was announced from. */
  get worker(): string | undefined {
    return this.heard
      .map(({ text }) => /worker (\d+)/u.exec(text)?.[1])
      .find((pid) => pid !== undefined);
  }

  [Symbol.dispose](): void {
    this.socket.terminate();
  }
}

describe("examples/websocket-rooms.ts", () => {
  it("joins the guests of a room across workers, and keeps rooms apart", async () => {
    await using example = await startExample("websocket-rooms");
    expect(await (await fetch(example.url)).text()).toContain("<title>Chat</title>");
    using ada = new Guest(example.url, "ada", "blue");
    await ada.hears("ada", /^joined/u);
    using ben = new Guest(example.url, "ben", "blue");
    await ada.hears("ben", /^joined/u);
    using eve = new Guest(example.url, "eve", "red");
    await eve.hears("eve", /^joined/u);
    expect(new Set([ada.worker, ben.heard.find(({ from }) => from === "ben")?.text]).size).toBe(2);
    ben.socket.send("hello <b>ada</b>");
    await ada.hears("ben", "hello <b>ada</b>");
    await ben.hears("ben", "hello <b>ada</b>");
    ben.socket.close();
    await ada.hears("ben", "left");
    expect(eve.heard).toHaveLength(1);
  });

  it("refuses a guest without a name", async () => {
    await using example = await startExample("websocket-rooms");
    using nobody = new Guest(example.url, "", "blue");
    const [, response] = (await once(nobody.socket, "unexpected-response")) as [
      unknown,
      { statusCode: number },
    ];
    expect(response.statusCode).toBe(400);
  });
});

describe.skipIf(!hasRedis)("examples/websocket-rooms-redis.ts", () => {
  const redis = new RedisServer();
  beforeAll(async () => redis.start());
  afterAll(async () => redis.remove());

  it("joins the guests of two servers on two ports", async () => {
    const environment = { REDIS_URL: `redis://127.0.0.1:${redis.port}` };
    await using one = await startExample("websocket-rooms-redis", environment);
    await using two = await startExample("websocket-rooms-redis", environment);
    expect(new URL(one.url).port).not.toBe(new URL(two.url).port);
    using ada = new Guest(one.url, "ada", "blue");
    await ada.hears("ada", /^joined/u);
    using ben = new Guest(two.url, "ben", "blue");
    await ada.hears("ben", /^joined/u);
    ada.socket.send("hello over there");
    await ben.hears("ada", "hello over there");
    expect(ben.heard.filter(({ text }) => text === "hello over there")).toHaveLength(1);
  });
});

describe("examples/websocket-chat.ts", () => {
  it("reaches the clients of the µWebSockets.js app inside an Express app, in all workers", async () => {
    await using example = await startExample("websocket-chat");
    const url = `${example.url.replace("http", "ws")}/chat`;
    const sockets = Array.from({ length: 6 }, () => new WebSocket(url));
    try {
      await Promise.all(sockets.map(async (socket) => once(socket, "open")));
      const heard = Promise.all(sockets.map(async (socket) => once(socket, "message")));
      sockets[0]!.send("hello");
      expect((await heard).map(([data]) => String(data))).toEqual(Array<string>(6).fill("hello"));
    } finally {
      for (const socket of sockets) socket.terminate();
    }
  });
});

describe("examples/dashboard.ts", () => {
  it("serves its page and the modules that it asks for", async () => {
    await using example = await startExample("dashboard");
    for (const path of [
      "/",
      "/client.mjs",
      "/brotli/index.js",
      "/brotli/pkg/brotli_dec_wasm_bg.wasm",
    ]) {
      expect((await fetch(example.url + path)).status).toBe(200);
    }
  });
});
