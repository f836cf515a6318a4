import { describe, expect, it } from "vitest";

import { findOverload } from "../../../../safety/exchange/overload.ts";

const unlimited = { maxEventLoopDelayMs: false, maxInFlight: false } as const;
const idle = { eventLoopDelayMs: 0, inFlight: 0 };

describe("findOverload", () => {
  it("lets everything pass without limits", () => {
    const load = { eventLoopDelayMs: 60_000, inFlight: 1_000_000 };
    expect(findOverload(unlimited, load)).toBeUndefined();
  });

  it.each([
    [9, undefined],
    [10, "in-flight"],
    [11, "in-flight"],
  ])("with room for 10 and %i in flight says %s", (inFlight, expected) => {
    expect(findOverload({ ...unlimited, maxInFlight: 10 }, { ...idle, inFlight })).toBe(expected);
  });

  it.each([
    [49, undefined],
    [50, undefined],
    [51, "event-loop-delay"],
  ])("with at most 50 ms of delay and %i ms says %s", (eventLoopDelayMs, expected) => {
    const limits = { ...unlimited, maxEventLoopDelayMs: 50 };
    expect(findOverload(limits, { ...idle, eventLoopDelayMs })).toBe(expected);
  });
});
