import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BrotliOutbox } from "../../../../safety/websocket/brotli-outbox.ts";
import { unframe, type Frame } from "../../../../safety/websocket/frame.ts";
import { resolveWebSocketConfig } from "../../../../safety/websocket/options.ts";
import { topicsFor, toText } from "../../../../safety/websocket/topics.ts";
import type { RecognizedString, TemplatedApp, WebSocket } from "../../../../safety/uws-types.ts";

const config = resolveWebSocketConfig({ compression: { codec: "brotli", threshold: 1_000 } });

/** One app and two sockets with brotli, of which each may have subscribed to the topic. */
function createSockets(subscribed: readonly boolean[]) {
  const received: string[][] = subscribed.map(() => []);
  const textOf = ({ data, isBinary }: Frame): string =>
    isBinary ? Buffer.from(unframe(data as Uint8Array).data).toString() : toText(data);
  const app = {
    numSubscribers: (topic: string) => (topic === "t" ? 0 : 2),
    publish(topic: string, data: RecognizedString, isBinary: boolean) {
      if (topic === "t") return false; // Nobody without brotli.
      for (const [index, isSubscribed] of subscribed.entries()) {
        if (isSubscribed) received[index]!.push(textOf({ data: data as Uint8Array, isBinary }));
      }
      return true;
    },
  } as unknown as TemplatedApp;
  const topics = topicsFor(app);
  topics.use(config);
  const sockets = subscribed.map((isSubscribed, index) => {
    const native = {
      isSubscribed: () => isSubscribed,
      getTopics: () => (isSubscribed ? ["t"] : []),
    } as unknown as WebSocket<unknown>;
    const outbox = new BrotliOutbox(native, topics);
    return {
      outbox,
      send(text: string) {
        const deliver = (frame: Frame): void => void received[index]!.push(textOf(frame));
        const compresses = text.length >= 1_000;
        const now = outbox.frameNow(text, false, compresses);
        if (now === undefined) outbox.push({ data: text, isBinary: false }, compresses, deliver);
        else deliver(now);
      },
    };
  });
  return { app, topics, sockets, received };
}

const step = fc.record({
  from: fc.constantFrom("first", "second", "topic"),
  length: fc.constantFrom(5, 2_000, 70_000, 200_000),
  /** Whether time passes after it. */
  pauses: fc.boolean(),
});

describe("messages of one socket", () => {
  it("arrive in the order of the calls, however they are sent and compressed", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 12 }),
        fc.tuple(fc.boolean(), fc.boolean()),
        async (steps, subscribed) => {
          const { app, topics, sockets, received } = createSockets(subscribed);
          const expected: string[][] = [[], []];
          for (const [index, { from, length, pauses }] of steps.entries()) {
            const text = `${index} `.padEnd(length, "x");
            if (from === "topic") {
              app.publish("t", text);
              for (const to of [0, 1]) if (subscribed[to]) expected[to]!.push(text);
            } else {
              const to = from === "first" ? 0 : 1;
              sockets[to]!.send(text);
              expected[to]!.push(text);
            }
            if (pauses) await new Promise((resolve) => setImmediate(resolve));
          }
          await topics.tail;
          for (const { outbox } of sockets) await outbox.tail;
          expect(received).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  });
});
