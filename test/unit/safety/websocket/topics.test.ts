import { describe, expect, it } from "vitest";
import { resolveWebSocketConfig } from "../../../../safety/websocket/options.ts";
import {
  brotliTopic,
  publicTopic,
  topicsFor,
  toMessage,
} from "../../../../safety/websocket/topics.ts";
import type { RecognizedString, TemplatedApp } from "../../../../safety/uws-types.ts";

type Published = readonly [
  topic: string,
  data: RecognizedString,
  isBinary: boolean,
  compress: unknown,
];

/** As much of an app as topics need. */
function createApp(subscribers: Readonly<Record<string, number>>): {
  app: TemplatedApp;
  published: Published[];
} {
  const published: Published[] = [];
  const app = {
    publish(topic: string, data: RecognizedString, isBinary: boolean, compress: unknown) {
      published.push([publicTopic(topic), data, isBinary, compress]);
      return (subscribers[topic] ?? 0) > 0;
    },
    numSubscribers: (topic: string) => subscribers[topic] ?? 0,
  };
  return { app: app as unknown as TemplatedApp, published };
}

const brotli = resolveWebSocketConfig({ compression: { codec: "brotli", threshold: 100 } });
const deflate = resolveWebSocketConfig({ compression: { codec: "deflate", threshold: 100 } });
const large = "large ".repeat(50);

describe("topicsFor", () => {
  it("publishes once for plain subscribers and once, compressed, for those with brotli", () => {
    const { app, published } = createApp({ t: 500, [brotliTopic("t")]: 500 });
    topicsFor(app).use(brotli);
    expect(app.publish("t", large)).toBe(true);
    expect(published).toEqual([
      ["t", large, false, undefined],
      ["t", expect.any(Uint8Array), true, undefined],
    ]);
    const frame = published[1]?.[1] as Uint8Array;
    expect(frame[0]).toBe(1);
    expect(frame.byteLength).toBeLessThan(large.length / 2);
  });

  it.each([
    ["a small message", "small", undefined],
    ["a message that forbids it", large, false],
  ])("does not compress %s", (_what, message, compress) => {
    const { app, published } = createApp({ [brotliTopic("t")]: 1 });
    topicsFor(app).use(brotli);
    expect(app.publish("t", message, false, compress)).toBe(true);
    expect(published[1]).toEqual(["t", message, false, undefined]);
  });

  it("makes no frame when nobody takes it", () => {
    const { app, published } = createApp({ t: 1 });
    topicsFor(app).use(brotli);
    app.publish("t", large);
    expect(published).toHaveLength(1);
  });

  it("leaves to the threshold which messages µWS deflates", () => {
    const { app, published } = createApp({ t: 1 });
    topicsFor(app).use(deflate);
    app.publish("t", large);
    app.publish("t", "small", false, true);
    app.publish("t", large, false, false);
    expect(published.map(([, , , compress]) => compress)).toEqual([true, false, false]);
  });

  it("counts both kinds of subscribers as one", () => {
    const { app } = createApp({ t: 3, [brotliTopic("t")]: 4 });
    topicsFor(app).use(brotli);
    expect(app.numSubscribers("t")).toBe(7);
  });

  it("keeps the order of a topic while a large message is compressed elsewhere", async () => {
    const { app, published } = createApp({ [brotliTopic("t")]: 1, [brotliTopic("u")]: 1 });
    const topics = topicsFor(app);
    topics.use(brotli);
    const huge = Buffer.alloc(300_000, "huge");
    app.publish("t", huge, true);
    huge.fill(0); // What was published stays as it was.
    app.publish("t", "second");
    app.publish("u", "third");
    expect(published).toHaveLength(3); // The plain ones.
    await topics.tail;
    const framed = published.slice(3);
    expect(framed.map(([topic]) => topic)).toEqual(["t", "t", "u"]);
    expect(framed[0]?.[2]).toBe(true);
    expect(framed.slice(1).map(([, data]) => data)).toEqual(["second", "third"]);
  });

  it("waits for a socket whose own messages are still being compressed", async () => {
    const { app, published } = createApp({ [brotliTopic("t")]: 1 });
    const topics = topicsFor(app);
    topics.use(brotli);
    const { promise, resolve } = Promise.withResolvers<void>();
    topics.setBusy({ tail: promise, isSubscribed: (topic) => topic === brotliTopic("t") }, true);
    app.publish("t", "behind");
    expect(published).toHaveLength(1);
    resolve();
    await topics.tail;
    expect(published).toHaveLength(2);
  });

  it("drops what finds too much waiting, and says so", async () => {
    const { app, published } = createApp({ [brotliTopic("t")]: 1 });
    const topics = topicsFor(app);
    topics.use(brotli);
    const { promise, resolve } = Promise.withResolvers<void>();
    topics.setBusy({ tail: promise, isSubscribed: () => true }, true);
    const huge = Buffer.alloc(65 * 1024 * 1024);
    expect(app.publish("t", huge, true, false)).toBe(true);
    expect(app.publish("t", "one too many")).toBe(false);
    expect(topics.dropped).toBe(1);
    resolve();
    await topics.tail;
    expect(app.publish("t", "again")).toBe(true);
    expect(published.at(-1)?.[1]).toBe("again");
  });
});

describe("toMessage", () => {
  it("sees the same bytes in every kind of buffer", () => {
    const { buffer } = Uint8Array.of(9, 1, 2, 9);
    const expected = Uint8Array.of(1, 2);
    expect(toMessage(buffer.slice(1, 3))).toEqual(expected);
    expect(toMessage(new DataView(buffer, 1, 2) as never)).toEqual(expected);
    expect(toMessage(new Uint8Array(buffer, 1, 2))).toEqual(expected);
    expect(toMessage("text")).toBe("text");
  });

  it.each([5, {}, [1], null, undefined])("refuses %j, as µWebSockets.js itself does", (message) => {
    expect(() => toMessage(message as never)).toThrow(
      new TypeError(
        `Expected message to be a string, an ArrayBuffer or a view, got ${String(message)}`,
      ),
    );
  });
});
