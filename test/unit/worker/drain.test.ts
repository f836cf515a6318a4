import { describe, expect, it } from "vitest";
import { createQuietCheck } from "../../../src/worker/drain.ts";

/** A check over counters that the test sets. */
function check() {
  const counters = { connections: 1, requests: 0, total: 5 };
  const quiet = createQuietCheck({
    connections: () => counters.connections,
    requests: () => counters.requests,
    requestsTotal: () => counters.total,
  });
  return { counters, quiet };
}

describe("createQuietCheck", () => {
  it("waits for a quarter of a second in which no request has begun", () => {
    const { counters, quiet } = check();
    expect(quiet(1_000)).toBe(false);
    expect(quiet(1_249)).toBe(false);
    counters.total++; // Began and ended between two checks.
    expect(quiet(1_249.5)).toBe(false);
    expect(quiet(1_499)).toBe(false);
    expect(quiet(1_500)).toBe(true);
  });

  it("waits for requests in flight, however long they take", () => {
    const { counters, quiet } = check();
    counters.requests = 1;
    expect(quiet(1_000)).toBe(false);
    expect(quiet(9_000)).toBe(false);
    counters.requests = 0;
    expect(quiet(9_100)).toBe(false);
    expect(quiet(9_250)).toBe(true);
  });

  it("does not wait where nothing is open", () => {
    const { counters, quiet } = check();
    counters.connections = 0;
    expect(quiet(1_000)).toBe(true);
  });
});
