import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import {
  createSafety,
  HttpError,
  safeWebSocket,
  type SafeWebSocket,
  type SafetyError,
} from "../../safety/index.ts";
import { WebSocketBench } from "../helpers/websocket-app.ts";

const bench = new WebSocketBench();
afterEach(() => bench.close());

const closeCode = async (client: WebSocket): Promise<unknown> => (await once(client, "close"))[0];
/** 16 bytes, as the standard shows them. */
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

const text = (data: ArrayBuffer): string => Buffer.from(data).toString();

async function nextText(client: WebSocket): Promise<string> {
  const [data] = (await once(client, "message")) as [Buffer];
  return data.toString();
}

/** Collects errors instead of logging them. */
function quiet(): { errors: SafetyError[]; onError: (error: SafetyError) => void } {
  const errors: SafetyError[] = [];
  return { errors, onError: (error) => errors.push(error) };
}

const boom = (): never => {
  throw new Error("boom");
};
const reject = async (): Promise<never> => {
  await turn();
  throw new Error("boom");
};

describe("safeWebSocket", () => {
  describe("callbacks", () => {
    const corkRejecting = (ws: Pick<SafeWebSocket<unknown>, "cork">) =>
      // oxlint-disable-next-line typescript/no-misused-promises -- what happens to it is the question
      void ws.cork(reject);

    it.each([
      ["open throws", { open: boom }],
      ["open rejects", { open: reject }],
      ["message throws", { message: boom }],
      ["message rejects", { message: reject }],
      ["ping throws", { ping: boom }],
      ["pong rejects", { pong: reject }],
      [
        "subscription throws",
        { open: (ws: SafeWebSocket<unknown>) => void ws.subscribe("t"), subscription: boom },
      ],
      ["a callback of cork rejects", { open: corkRejecting }],
    ])("close the socket with 1011 when %s, and nothing else happens", async (_what, callbacks) => {
      const { errors, onError } = quiet();
      const behavior = safeWebSocket({ ...callbacks, onError });
      const { url } = await bench.serve(behavior);
      const client = bench.connect(url);
      client.on("open", () => {
        client.send("x");
        client.ping();
        client.pong();
      });
      expect(await closeCode(client)).toBe(1011);
      expect(errors[0]).toMatchObject({
        code: "ERR_ROLLCAGE_HANDLER_THREW",
        cause: { message: "boom" },
      });
      expect(behavior.stats).toMatchObject({ open: 0 });
      expect(behavior.stats.failures).toBeGreaterThan(0);
    });

    it("close the socket although the reason is no text", async () => {
      const { onError } = quiet();
      const open = (ws: SafeWebSocket<unknown>) => void ws.end(4000, { a: 1 } as never);
      const { url } = await bench.serve(safeWebSocket({ open, onError }));
      expect(await closeCode(bench.connect(url))).toBe(4000);
    });

    it("report a close callback that throws", async () => {
      const { errors, onError } = quiet();
      const { url } = await bench.serve(safeWebSocket({ close: boom, onError }));
      const client = await bench.open(url);
      client.close(4001, "bye");
      await once(client, "close");
      await vi.waitUntil(() => errors.length > 0);
      expect(errors).toMatchObject([{ code: "ERR_ROLLCAGE_HANDLER_THREW" }]);
    });

    it("get messages that survive an await", async () => {
      const { url } = await bench.serve(
        safeWebSocket({
          message: async (ws, message, isBinary) => {
            await turn();
            ws.send(message, isBinary);
          },
        }),
      );
      const client = await bench.open(url);
      client.send("text");
      client.send(Buffer.of(0, 255));
      const received = await collect(client, 2);
      expect(received).toEqual([
        [Buffer.from("text"), false],
        [Buffer.of(0, 255), true],
      ]);
    });

    it("learn how the socket closed", async () => {
      const closed = new Promise<unknown[]>((resolve) => {
        void bench
          .serve(
            safeWebSocket({
              close: (ws, code, message) => resolve([ws.done, code, text(message)]),
            }),
          )
          .then(async ({ url }) => (await bench.open(url)).close(4001, "bye"));
      });
      expect(await closed).toEqual([true, 4001, "bye"]);
    });
  });

  describe("a socket that has closed", () => {
    it("ignores and counts sends, and answers everything else harmlessly", async () => {
      const { promise, resolve } = Promise.withResolvers<SafeWebSocket<{ name: string }>>();
      const behavior = safeWebSocket<{ name: string }>({
        upgrade: (res) => res.upgrade({ name: "ada" }),
        close: (ws) => resolve(ws),
      });
      const { url } = await bench.serve(behavior);
      (await bench.open(url)).terminate();
      const ws = await promise;
      expect(ws.done).toBe(true);
      expect(ws.send("x")).toBe("closed");
      expect(ws.ping()).toBe("closed");
      expect(behavior.stats.sendsAfterClose).toBe(1);
      expect([ws.subscribe("t"), ws.unsubscribe("t"), ws.isSubscribed("t")]).toEqual([
        false,
        false,
        false,
      ]);
      expect(ws.publish("t", "x")).toBe(false);
      expect(ws.getTopics()).toEqual([]);
      expect(ws.getBufferedAmount()).toBe(0);
      expect(await ws.drained()).toBe(false);
      expect(ws.getRemoteAddress().byteLength).toBe(0);
      expect(ws.remoteAddress).toBe("127.0.0.1");
      expect(ws.data).toEqual({ name: "ada" });
      let corked = false;
      ws.cork(() => {
        corked = true;
      }).end();
      ws.close();
      expect(corked).toBe(true);
    });
  });

  describe("upgrade", () => {
    it("may await, and gives its data to the socket", async () => {
      const { url } = await bench.serve(
        safeWebSocket<{ user: string }>({
          upgrade: async (res, req) => {
            await turn();
            res.upgrade({ user: req.getHeader("x-user") });
          },
          open: (ws) => {
            ws.send(
              `${ws.data.user} ${ws.url} ${ws.remoteAddress} ${ws.getUserData() === ws.data}`,
            );
          },
        }),
      );
      const client = bench.connect(url, [], { headers: { "x-user": "ada" } });
      expect(await nextText(client)).toBe("ada /path 127.0.0.1 true");
    });

    it.each([
      ["throws", boom],
      ["rejects", reject],
    ])("closes with 1011 when it %s after it has accepted", async (_how, fail) => {
      const { errors, onError } = quiet();
      const behavior = safeWebSocket({
        onError,
        upgrade: (res) => {
          res.upgrade({});
          return fail();
        },
      });
      const { url } = await bench.serve(behavior);
      expect(await closeCode(bench.connect(url))).toBe(1011);
      expect(errors).toMatchObject([{ code: "ERR_ROLLCAGE_HANDLER_THREW" }]);
      expect(behavior.stats).toMatchObject({ open: 0 });
    });

    it("sends the headers that it was given", async () => {
      const { url } = await bench.serve(
        safeWebSocket({
          upgrade: async (res) => {
            await turn();
            res.writeHeader("set-cookie", "seat=7").upgrade({});
          },
        }),
      );
      const client = bench.connect(url);
      const [[response]] = await Promise.all([once(client, "upgrade"), once(client, "open")]);
      expect(response).toMatchObject({ headers: { "set-cookie": ["seat=7"] } });
    });

    it("takes the parameters of µWS too", async () => {
      const { url } = await bench.serve(
        safeWebSocket<number>({
          upgrade: (res, req, context) => {
            res.upgrade(
              7,
              req.getHeader("sec-websocket-key"),
              "b",
              req.getHeader("sec-websocket-extensions"),
              context,
            );
          },
          open: (ws) => void ws.send(String(ws.data)),
        }),
      );
      const client = bench.connect(url, ["a", "b"]);
      expect(await nextText(client)).toBe("7");
      expect(client.protocol).toBe("b");
    });

    it.each([
      ["a status of its own", () => Promise.reject(new HttpError(401, "who are you?")), 401],
      [
        "500 when it throws",
        () => {
          throw new Error("secret");
        },
        500,
      ],
      ["500 when it forgets to answer", () => {}, 500],
    ])("refuses with %s", async (_what, upgrade, status) => {
      const { onError } = quiet();
      const { url } = await bench.serve(safeWebSocket({ upgrade, onError }));
      const client = bench.connect(url);
      const [, response] = (await once(client, "unexpected-response")) as [
        unknown,
        { statusCode: number },
      ];
      expect(response.statusCode).toBe(status);
    });

    it("refuses when it takes too long", async () => {
      const { errors, onError } = quiet();
      const { url } = await bench.serve(
        safeWebSocket({ upgrade: () => new Promise(() => {}), timeoutMs: 20, onError }),
      );
      const client = bench.connect(url);
      const [, response] = (await once(client, "unexpected-response")) as [
        unknown,
        { statusCode: number },
      ];
      expect(response.statusCode).toBe(503);
      expect(errors[0]).toMatchObject({ code: "ERR_ROLLCAGE_HANDLER_TIMEOUT" });
    });

    it("may go on after its client has left", async () => {
      const entered = Promise.withResolvers<void>();
      const gone = Promise.withResolvers<void>();
      const behavior = safeWebSocket({
        upgrade: async (res) => {
          res.onAborted(() => gone.resolve());
          entered.resolve();
          await gone.promise;
          await turn();
          res.upgrade({});
        },
      });
      const { url } = await bench.serve(behavior);
      const client = bench.connect(url);
      await entered.promise;
      client.terminate();
      await gone.promise;
      await turn();
      expect(behavior.stats.open).toBe(0);
    });

    it.each<[string, Partial<Handshake>, string]>([
      ["another version", { version: "12" }, "426"],
      ["no version", { version: "" }, "426"],
      ["a key that is no key", { key: "x".repeat(24) }, "400"],
      ["an upgrade to something else", { upgrade: "h2c" }, "400"],
      ["a connection that is to be kept as it is", { connection: "keep-alive" }, "400"],
    ])("refuses %s", async (_what, given, status) => {
      expect(await shakeHands(given)).toBe(status);
    });

    it("takes an upgrade among other tokens, in any case", async () => {
      const given = { connection: "keep-alive, upgrade", upgrade: "WebSocket" };
      expect(await shakeHands(given)).toBe("101");
    });
  });

  it("works with an upgrade that somebody has put in its place", async () => {
    const { url } = await bench.serve({
      ...safeWebSocket<{ name: string }>({
        open: (ws) => ws.send(`${ws.data.name} ${ws.remoteAddress}`),
      }),
      upgrade: (res, req, context) => {
        res.upgrade<object>(
          { name: "ada" },
          req.getHeader("sec-websocket-key"),
          req.getHeader("sec-websocket-protocol"),
          req.getHeader("sec-websocket-extensions"),
          context,
        );
      },
    });
    expect(await nextText(bench.connect(url))).toBe("ada 127.0.0.1");
  });

  describe("topics", () => {
    it("reach others also from a socket that has subscribed to nothing", async () => {
      const { url, app } = await bench.serve(
        safeWebSocket({
          message: (ws, message) => {
            if (text(message) === "subscribe") ws.subscribe("t");
            else ws.publish("t", message, false);
          },
        }),
      );
      const [listener, speaker] = [await bench.open(url), await bench.open(url)];
      listener.send("subscribe");
      await vi.waitUntil(() => app.numSubscribers("t") === 1);
      speaker.send("hello");
      expect(await nextText(listener)).toBe("hello");
    });

    it("do not give a publisher its own message", async () => {
      const { url } = await bench.serve(
        safeWebSocket({
          open: (ws) => void ws.subscribe("t"),
          message: (ws) => {
            ws.publish("t", "from me");
            ws.send("done");
          },
        }),
      );
      const client = await bench.open(url);
      client.send("go");
      expect(await nextText(client)).toBe("done");
    });
  });

  describe("clients that misbehave", () => {
    const echo = safeWebSocket({
      maxPayloadLength: 100_000,
      message: (ws, message, isBinary) => void ws.send(message, isBinary),
      maxBackpressure: 64 * 1024 * 1024,
    });

    it("are served fragments, also with pings between them", async () => {
      const { url } = await bench.serve(
        safeWebSocket({ message: (ws, message) => void ws.send(message, false) }),
      );
      const client = await bench.open(url);
      client.send("one ", { fin: false });
      client.ping();
      client.send("two ", { fin: false });
      client.send("three", { fin: true });
      expect(await nextText(client)).toBe("one two three");
    });

    it("may send up to maxPayloadLength, in one frame or many", async () => {
      const { url } = await bench.serve(echo);
      const client = await bench.open(url, [], { maxPayload: 1_000_000 });
      const message = Buffer.alloc(100_000, 7);
      client.send(message);
      expect(await collect(client, 1)).toEqual([[message, true]]);
      for (let offset = 0; offset < 100_000; offset += 10_000) {
        client.send(message.subarray(offset, offset + 10_000), {
          binary: true,
          fin: offset === 90_000,
        });
      }
      expect(await collect(client, 1)).toEqual([[message, true]]);
    });

    it.each([
      ["a message of one byte more", (client: WebSocket) => client.send(Buffer.alloc(101))],
      [
        "too many fragments",
        (client: WebSocket) => {
          client.send(Buffer.alloc(60), { fin: false });
          client.send(Buffer.alloc(60), { fin: true });
        },
      ],
      [
        "a small message that inflates to a large one",
        (client: WebSocket) => client.send(Buffer.alloc(90_000), { compress: true }),
      ],
      [
        "text that is no UTF-8",
        (client: WebSocket) => client.send(Buffer.of(0xff, 0xfe), { binary: false }),
      ],
    ])("are disconnected for %s, and others are not", async (_what, misbehave) => {
      const behavior = safeWebSocket({
        maxPayloadLength: 100,
        compression: { codec: "deflate" },
        message: (ws, message, isBinary) => void ws.send(message, isBinary),
      });
      const { url } = await bench.serve(behavior);
      const bystander = await bench.open(url);
      const client = await bench.open(url, [], { perMessageDeflate: { threshold: 0 } });
      misbehave(client);
      expect(await closeCode(client)).toBe(1006);
      bystander.send("still here");
      expect(await nextText(bystander)).toBe("still here");
      expect(behavior.stats.open).toBe(1);
    });

    it("may flood with pings", async () => {
      let pings = 0;
      const { url } = await bench.serve(
        safeWebSocket({
          ping: () => void pings++,
          message: (ws, message) => void ws.send(message, false),
        }),
      );
      const client = await bench.open(url);
      for (let index = 0; index < 10_000; index++) client.ping("x".repeat(125));
      client.send("after");
      expect(await nextText(client)).toBe("after");
      expect(pings).toBe(10_000);
    });

    it("that send a stray continuation or a reserved opcode are disconnected", async () => {
      for (const header of [0x80, 0x83, 0xc1]) {
        const behavior = safeWebSocket({});
        const { port } = await bench.serve(behavior);
        const socket = await rawWebSocket(port);
        socket.write(Buffer.from([header, 0x81, 1, 2, 3, 4, 0x61]));
        await once(socket, "close");
        expect(behavior.stats.open).toBe(0);
      }
    });
  });

  describe("options", () => {
    it("may stand in the behavior, be given apart, or come from createSafety", async () => {
      const { errors, onError } = quiet();
      const { safeWebSocket: own } = createSafety({ onError });
      const { url } = await bench.serve(own({ open: boom }));
      await once(bench.connect(url), "close");
      expect(errors).toHaveLength(1);
      expect(safeWebSocket({ maxPayloadLength: 5 }).maxPayloadLength).toBe(5);
      expect(safeWebSocket({ maxPayloadLength: 5 }, { maxPayloadLength: 6 }).maxPayloadLength).toBe(
        6,
      );
    });

    it("with a callback that is none are refused at once", () => {
      const wrong = () => safeWebSocket({ open() {}, message: "echo" as never });
      expect(wrong).toThrow("Expected message to be a function, got string");
    });

    it("that would end the process are refused instead", () => {
      expect(() => safeWebSocket({ idleTimeout: 4 })).toThrow(RangeError);
    });
  });

  it(
    "closes a client that no longer answers pings, and keeps one that does",
    { timeout: 40_000 },
    async () => {
      const { url, port } = await bench.serve(safeWebSocket({ idleTimeout: 8 }));
      const alive = await bench.open(url);
      let pings = 0;
      alive.on("ping", () => pings++);
      const dead = await rawWebSocket(port);
      await once(dead, "close");
      await vi.waitUntil(() => pings > 0, { timeout: 20_000 });
      expect(alive.readyState).toBe(WebSocket.OPEN);
    },
  );
});

/** The next `count` messages. */
async function collect(client: WebSocket, count: number): Promise<[Buffer, boolean][]> {
  const messages: [Buffer, boolean][] = [];
  return new Promise((resolve) => {
    const listener = (data: Buffer, isBinary: boolean): void => {
      if (messages.push([data, isBinary]) < count) return;
      client.off("message", listener);
      resolve(messages);
    };
    client.on("message", listener);
  });
}

async function raw(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  bench.onClose(() => socket.destroy());
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** A client that speaks the protocol only as far as the test makes it. */
async function rawWebSocket(port: number): Promise<Socket> {
  const socket = await raw(port);
  socket.write(
    "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  );
  await once(socket, "data");
  socket.resume();
  return socket;
}

interface Handshake {
  readonly upgrade: string;
  readonly connection: string;
  readonly key: string;
  readonly version: string;
}

/** @returns The status of the answer. */
async function shakeHands(given: Partial<Handshake>): Promise<string | undefined> {
  const { port } = await bench.serve(safeWebSocket({}));
  const socket = await raw(port);
  const { upgrade, connection, key, version } = {
    upgrade: "websocket",
    connection: "Upgrade",
    key: KEY,
    version: "13",
    ...given,
  };
  socket.write(
    `GET / HTTP/1.1\r\nHost: x\r\nUpgrade: ${upgrade}\r\nConnection: ${connection}\r\n` +
      `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: ${version}\r\n\r\n`,
  );
  const [data] = (await once(socket, "data")) as [Buffer];
  return data.toString().split(" ", 2)[1];
}
