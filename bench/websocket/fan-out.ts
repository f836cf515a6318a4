// The generator: subscribers that count what they get, and a publisher that keeps a few messages under way.
import type { LoadResult } from "../frame/suite.ts";
import { serveGenerator } from "../generators/forked.ts";
import type { PayloadName } from "./payloads.ts";
import { type DialectName, dialects, PlainClient } from "./plain-client.ts";

export interface FanOutPlan {
  readonly host: string;
  readonly port: number;
  readonly dialect: DialectName;
  readonly payload: PayloadName;
  readonly subscribers: number;
}

/** Messages on the way at any time: enough that the server never waits for the publisher. */
const WINDOW = 8;

async function prepare(plan: FanOutPlan): Promise<(durationMs: number) => Promise<LoadResult>> {
  const dialect = dialects[plan.dialect];
  const clients: PlainClient[] = [];
  for (let index = 0; index <= plan.subscribers; index++)
    clients.push(await PlainClient.open(plan, dialect));
  const [publisher, ...subscribers] = clients;
  for (const subscriber of subscribers) subscriber.say("subscribe");
  await untilSubscribed(publisher!, subscribers, plan.payload);
  return (durationMs) =>
    run({ publisher: publisher!, subscribers, payload: plan.payload, durationMs });
}

/** Publishes until everybody has heard one message. */
async function untilSubscribed(
  publisher: PlainClient,
  subscribers: readonly PlainClient[],
  payload: PayloadName,
): Promise<void> {
  const before = subscribers.map(({ counter }) => counter.frames);
  while (subscribers.some(({ counter }, index) => counter.frames === before[index])) {
    publisher.say(payload);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

interface FanOut {
  readonly publisher: PlainClient;
  readonly subscribers: readonly PlainClient[];
  readonly payload: PayloadName;
  readonly durationMs: number;
}

async function run({ publisher, subscribers, payload, durationMs }: FanOut): Promise<LoadResult> {
  const count = (of: (client: PlainClient) => number): number =>
    subscribers.reduce((sum, client) => sum + of(client), 0);
  const framesBefore = count(({ counter }) => counter.frames);
  const bytesBefore = count(({ wireBytes }) => wireBytes);
  const startedAt = performance.now();
  let published = 0;
  let frames = framesBefore;
  await new Promise<void>((resolve, reject) => {
    const step = (): void => {
      const delivered = (frames - framesBefore) / subscribers.length;
      if (performance.now() - startedAt >= durationMs) {
        if (delivered >= published) resolve();
        return;
      }
      for (; published - delivered < WINDOW; published++) publisher.say(payload);
    };
    for (const subscriber of subscribers) {
      let seen = subscriber.counter.frames;
      subscriber.onEnd(() => reject(new Error("a subscriber was disconnected")));
      subscriber.onFrames = () => {
        frames += subscriber.counter.frames - seen;
        seen = subscriber.counter.frames;
        step();
      };
    }
    step();
  });
  const completed = frames - framesBefore;
  const bytes = count(({ wireBytes }) => wireBytes) - bytesBefore;
  return {
    completed,
    seconds: (performance.now() - startedAt) / 1_000,
    figures: { wireBytesPerMessage: bytes / completed, publishes: published },
  };
}

await serveGenerator(prepare);
