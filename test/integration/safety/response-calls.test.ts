import { setImmediate as nextTurn } from "node:timers/promises";
import { array, assert, asyncProperty, boolean, constantFrom, nat, option } from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSafety, type SafeHandler, type SafeResponse } from "../../../safety/index.ts";
import { createRealBackend, type Backend } from "../../helpers/real-backend.ts";
import { StrictFake } from "../../helpers/strict-fake.ts";

/** Everything that can be done to a response, in any order. */
const calls: Readonly<Record<string, (res: SafeResponse) => unknown>> = {
  writeStatus: (res) => res.writeStatus("201 Created"),
  writeHeader: (res) => res.writeHeader("x-a", "b"),
  write: (res) => res.write("chunk"),
  end: (res) => res.end("body"),
  endAndClose: (res) => res.end("body", true),
  endWithoutBody: (res) => res.endWithoutBody(),
  tryEnd: (res) => res.tryEnd("whole", 5),
  json: (res) => res.json({ a: 1 }),
  send: (res) => res.send("text"),
  sendLarge: (res) => res.send("x".repeat(100_000)),
  stream: (res) => res.stream(["a", "b"]),
  streamSized: (res) => res.stream(["ab"], { size: 2 }),
  streamTooShort: (res) => res.stream(["a"], { size: 2 }),
  close: (res) => res.close(),
  cork: (res) => res.cork(() => res.end("corked")),
  onWritable: (res) => res.onWritable(() => true),
  onAborted: (res) => res.onAborted(() => {}),
  onFinished: (res) => res.onFinished(() => res.end("again")),
  throwing: () => {
    throw new Error("boom");
  },
  wait: () => nextTurn(),
};

const sequence = array(constantFrom(...Object.keys(calls)), { maxLength: 8 });
const headers = constantFrom({}, { "accept-encoding": "gzip" });
const method = constantFrom("GET", "HEAD");

/** Only `throwing` may throw: everything else has to be harmless. */
function createHandler(names: readonly string[], waits: boolean) {
  const unexpected: unknown[] = [];
  const attempt = async (res: SafeResponse, name: string): Promise<void> => {
    if (name === "throwing") calls[name]?.(res);
    try {
      const result = calls[name]?.(res);
      if (waits) await result;
    } catch (error) {
      unexpected.push({ name, error });
    }
  };
  const { safeHandler } = createSafety({ onError: () => {}, timeoutMs: 1_000 });
  const handler: SafeHandler = safeHandler(async (res) => {
    for (const name of names) await attempt(res, name);
    // A body that has begun may be one that never ends: only the handler knows.
    if (!res.done) res.end();
  });
  return { handler, unexpected };
}

describe("any sequence of calls on a response", () => {
  let real: Backend;
  beforeAll(async () => {
    real = await createRealBackend();
  });
  afterAll(() => real.close());

  it("ends the native response once at most, and throws nothing", async () => {
    await assert(
      asyncProperty(
        sequence,
        boolean(),
        headers,
        option(nat(4), { nil: undefined }),
        async (names, waits, sent, abortAfterTurns) => {
          const { handler, unexpected } = createHandler(names, waits);
          const fake = new StrictFake();
          fake.run(handler, { headers: sent, abortAfterTurns });
          await fake.outcome;
          await nextTurn();
          expect(unexpected).toEqual([]);
          expect(fake.terminations).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("gives the client a whole answer or a closed connection, and the next request is served", async () => {
    await assert(
      asyncProperty(sequence, boolean(), headers, method, async (names, waits, sent, verb) => {
        const { handler, unexpected } = createHandler(names, waits);
        const outcome = await real.request(handler, { method: verb, headers: sent });
        expect(outcome === "closed" || outcome.status >= 200).toBe(true);
        expect(unexpected).toEqual([]);
        const next = await real.request((res) => void res.end("alive"));
        expect(next).toMatchObject({ status: 200, body: "alive" });
      }),
      { numRuns: 300 },
    );
  });
});
