import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { brotliCompressSync } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import { WebSocketServer, type ServerOptions, type WebSocket as ServerSocket } from "ws";
import { connect, type ConnectOptions, type DecodeBrotli } from "../../client/index.ts";

const servers: WebSocketServer[] = [];

afterEach(() => {
  vi.unstubAllGlobals();
  for (const server of servers.splice(0)) {
    for (const socket of server.clients) socket.terminate();
    server.close();
  }
});

async function serve(
  onConnection: (socket: ServerSocket, request: IncomingMessage) => void,
  options: ServerOptions = {},
): Promise<string> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, ...options });
  servers.push(server);
  server.on("connection", onConnection);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("Expected a TCP address");
  return `ws://127.0.0.1:${address.port}`;
}

const withCodec: ServerOptions = { handleProtocols: () => "rollcage.br.1" };

const brotliText = (text: string): Buffer =>
  Buffer.concat([Buffer.of(1), brotliCompressSync(Buffer.from(text))]);
const brotliBinary = (data: Buffer): Buffer =>
  Buffer.concat([Buffer.of(2), brotliCompressSync(data)]);

/** Everything that reached the page, until the close. */
async function collect(socket: WebSocket): Promise<{ data: unknown[]; events: string[] }> {
  const data: unknown[] = [];
  const events: string[] = [];
  for (const type of ["open", "error"]) socket.addEventListener(type, () => events.push(type));
  socket.addEventListener("message", (event) => {
    data.push(event.data);
    events.push("message");
  });
  await new Promise<void>((resolve) => {
    socket.addEventListener("close", ({ code }) => {
      events.push(`close ${code}`);
      resolve();
    });
  });
  return { data, events };
}

function connectBinary(
  url: string,
  protocols?: string | string[],
  options?: ConnectOptions,
): WebSocket {
  const socket = connect(url, protocols, options);
  socket.binaryType = "arraybuffer";
  return socket;
}

const snapshot = JSON.stringify(Array.from({ length: 900 }, (_, id) => ({ id, price: id * 1.25 })));

describe("connect", () => {
  it("delivers compressed and plain messages in the order in which they were sent", async () => {
    const url = await serve((socket) => {
      socket.send(brotliText(snapshot));
      socket.send("small");
      socket.send(Buffer.of(0, 1, 2));
      socket.send(brotliBinary(Buffer.from([9, 9, 9])));
      socket.send("last");
      socket.close(1000);
    }, withCodec);
    const { data, events } = await collect(connectBinary(url));
    expect(data).toEqual([
      snapshot,
      "small",
      Uint8Array.of(1, 2).buffer,
      Uint8Array.of(9, 9, 9).buffer,
      "last",
    ]);
    expect(events).toEqual(["open", ...Array<string>(5).fill("message"), "close 1000"]);
  });

  it("gives binary messages as Blob unless told otherwise", async () => {
    const url = await serve((socket) => {
      socket.send(brotliBinary(Buffer.from("compressed")));
      socket.send(Buffer.from("\0plain"));
      socket.close();
    }, withCodec);
    const { data } = await collect(connect(url));
    expect(data).toEqual([expect.any(Blob), expect.any(Blob)]);
    const blobs = data.filter((blob) => blob instanceof Blob);
    expect(await Promise.all(blobs.map(async (blob) => blob.text()))).toEqual([
      "compressed",
      "plain",
    ]);
  });

  it("keeps a byte order mark that belongs to the text", async () => {
    const url = await serve((socket) => {
      socket.send(brotliText("\uFEFFx"));
      socket.close();
    }, withCodec);
    expect((await collect(connect(url))).data).toEqual(["\uFEFFx"]);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("nowhere to be found");
      },
    ],
    [
      "rejects",
      async () => {
        throw new Error("nowhere to be found");
      },
    ],
    ["finds none", async () => undefined as never],
  ])("raises an error and closes with 4007 when loadDecoder %s", async (_how, find) => {
    const loadDecoder = vi.fn<() => Promise<DecodeBrotli>>(find);
    const url = await serve((socket) => {
      socket.send(brotliText("a"));
      socket.send(brotliText("b"));
      socket.send("after");
    }, withCodec);
    const { events } = await collect(connect(url, [], { loadDecoder }));
    expect(events).toEqual(["open", "error", "close 4007"]);
    expect(loadDecoder).toHaveBeenCalledOnce();
  });

  it("delivers nothing after close(), also of what has come before", async () => {
    const url = await serve((socket) => {
      for (const text of ["a", "b", "c"]) socket.send(brotliText(text));
    }, withCodec);
    const socket = connect(url);
    socket.addEventListener("message", () => socket.close(4000));
    expect((await collect(socket)).events).toEqual(["open", "message", "close 4000"]);
  });

  it("ends with one error and one close when it is closed while it connects", async () => {
    const socket = connect(await serve(() => {}, withCodec));
    const collected = collect(socket);
    socket.close();
    expect(socket.readyState).toBe(socket.CLOSING);
    expect((await collected).events).toEqual(["error", "close 1006"]);
  });

  it("asks for the decoder once, and only when a compressed message comes", async () => {
    const loadDecoder = vi.fn<() => Promise<DecodeBrotli>>(
      async () => () => Buffer.from("decoded"),
    );
    const url = await serve((socket) => {
      socket.send("small");
      socket.on("message", () => {
        socket.send(brotliText("a"));
        socket.send(brotliText("b"));
        socket.close();
      });
    }, withCodec);
    const socket = connect(url, [], { loadDecoder });
    socket.addEventListener(
      "message",
      () => {
        expect(loadDecoder).not.toHaveBeenCalled();
        socket.send("go on");
      },
      { once: true },
    );
    expect((await collect(socket)).data).toEqual(["small", "decoded", "decoded"]);
    expect(loadDecoder).toHaveBeenCalledOnce();
  });

  it("decodes in a Node that has no brotli stream", async () => {
    vi.stubGlobal("DecompressionStream", undefined);
    const url = await serve((socket) => {
      socket.send(brotliText(snapshot));
      socket.close();
    }, withCodec);
    expect((await collect(connect(url))).data).toEqual([snapshot]);
  });

  it.each([
    ["is damaged", Buffer.from([1, 255, 255, 255])],
    ["is of an unknown kind", Buffer.from([77])],
    ["is empty", Buffer.alloc(0)],
    [
      "is a text that is no UTF-8",
      Buffer.concat([Buffer.of(1), brotliCompressSync(Buffer.of(255))]),
    ],
  ])("raises an error and closes with 4007 when a message %s", async (_how, message) => {
    const codes: Promise<unknown[]>[] = [];
    const url = await serve((socket) => {
      socket.send(message);
      socket.send("after");
      codes.push(once(socket, "close"));
    }, withCodec);
    const { data, events } = await collect(connect(url));
    expect(data).toEqual([]);
    expect(events).toEqual(["open", "error", "close 4007"]);
    expect((await codes[0])?.[0]).toBe(4007);
  });

  it("passes everything through when the server takes the first protocol without knowing it", async () => {
    const url = await serve((socket) => {
      socket.send(Buffer.from([1, 2, 3]));
      socket.send("text");
      socket.close();
    });
    const socket = connectBinary(url);
    const { data } = await collect(socket);
    expect(data).toEqual([Uint8Array.of(1, 2, 3).buffer, "text"]);
    expect(socket.protocol).toBe("");
  });

  it("asks again without the protocol when the server refuses it", async () => {
    const offers: (string | undefined)[] = [];
    const url = await serve(
      (socket) => {
        socket.send(Buffer.from([1, 2, 3]));
        socket.close();
      },
      {
        verifyClient: ({ req }: { req: IncomingMessage }) => {
          offers.push(req.headers["sec-websocket-protocol"]);
          return req.headers["sec-websocket-protocol"] === undefined;
        },
      },
    );
    const { data, events } = await collect(connectBinary(url));
    expect(offers).toEqual(["rollcage.plain, rollcage.br.1", undefined]);
    expect(data).toEqual([Uint8Array.of(1, 2, 3).buffer]);
    expect(events[0]).toBe("open");
  });

  it("ends with one error and one close when nothing listens", async () => {
    const url = await serve(() => {});
    await new Promise((resolve) => servers[0]?.close(resolve));
    const { events } = await collect(connect(url));
    expect(events).toEqual(["error", "close 1006"]);
  });

  it("does not try again after close()", async () => {
    const url = await serve(() => {}, {
      verifyClient: () => {
        attempts++;
        return false;
      },
    });
    let attempts = 0;
    const socket = connect(url);
    socket.close();
    const { events } = await collect(socket);
    expect(events.at(-1)).toBe("close 1006");
    expect(attempts).toBeLessThanOrEqual(1);
  });

  it("names the page's own protocol, with and without the codec", async () => {
    const chosen = ["rollcage.br.1+chat", "chat"];
    const url = await serve((socket) => socket.close(), {
      handleProtocols: () => chosen.shift() ?? false,
    });
    for (let round = 0; round < 2; round++) {
      const socket = connect(url, "chat");
      await collect(socket);
      expect(socket.protocol).toBe("chat");
    }
  });

  it("refuses protocols that WebSocket refuses, at once", () => {
    for (const protocols of [["twice", "twice"], "no token"]) {
      expect(() => connect("ws://127.0.0.1:9", protocols)).toThrow(
        expect.objectContaining({ name: "SyntaxError" }),
      );
    }
  });

  it("keeps its binaryType when it is given another than there are", async () => {
    const socket = connect(await serve((server) => server.close()));
    socket.binaryType = "buffer" as "blob";
    expect(socket.binaryType).toBe("blob");
    socket.binaryType = "arraybuffer";
    expect(socket.binaryType).toBe("arraybuffer");
    await collect(socket);
  });

  it("looks like a WebSocket: states, handlers, url", async () => {
    const url = await serve((socket) => {
      socket.on("message", (data) => {
        socket.send(data, { binary: false });
        socket.close(4000, "done");
      });
    }, withCodec);
    const socket = connect(url);
    expect([socket.readyState, socket.CONNECTING, socket.OPEN, socket.CLOSED]).toEqual([
      0, 0, 1, 3,
    ]);
    expect(socket.url).toBe(`${url}/`);
    expect(socket.onmessage).toBeNull();
    expect(() => socket.send("too early")).toThrow(
      expect.objectContaining({ name: "InvalidStateError" }),
    );
    const seen: unknown[] = [];
    /* oxlint-disable unicorn/prefer-add-event-listener -- the handler properties are what is tested */
    socket.onopen = () => {
      seen.push(socket.readyState);
      socket.send("hello");
    };
    socket.onmessage = () => seen.push("replaced");
    socket.onmessage = ({ data }) => seen.push(data);
    const { code, reason, wasClean } = await new Promise<{
      code: number;
      reason: string;
      wasClean: boolean;
    }>((resolve) => {
      socket.onclose = resolve;
    });
    /* oxlint-enable unicorn/prefer-add-event-listener */
    expect(seen).toEqual([1, "hello"]);
    expect({ code, reason, wasClean }).toEqual({ code: 4000, reason: "done", wasClean: true });
    expect(socket.readyState).toBe(3);
    expect(socket.bufferedAmount).toBe(0);
  });
});
