import { describe, expect, it } from "vitest";
import { createDismissal, createQuietCheck } from "../../../src/worker/drain.ts";

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

describe("createDismissal", () => {
  it("closes an equal part at each stage", () => {
    let open = 95;
    const closed: number[] = [];
    const adapter = {
      webSockets: () => open,
      closeWebSockets(_code: number, count: number) {
        closed.push(count);
        open -= count;
      },
    };
    const dismiss = createDismissal(adapter, 1012, { stages: 10, stageMs: 200 });
    for (let now = 1_000; now <= 3_000; now += 10) dismiss(now);
    expect(closed).toEqual([10, 10, 10, 10, 10, 9, 9, 9, 9, 9]);
    open = 3; // Came late: nobody is kept.
    dismiss(4_000);
    expect(open).toBe(0);
  });
});

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
