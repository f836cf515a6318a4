import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Deadlines, type DeadlineEntry } from "../../../../safety/exchange/deadlines.ts";

describe("Deadlines", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const entry = (onDeadline: () => void = vi.fn<() => void>()): DeadlineEntry => ({
    slice: 0,
    previous: undefined,
    next: undefined,
    onDeadline,
  });

  it("expires an entry after its time, and at most two tenths later", () => {
    const deadlines = new Deadlines(1_000);
    const expired = vi.fn<() => void>();
    vi.advanceTimersByTime(55);
    deadlines.add(entry(expired));
    vi.advanceTimersByTime(1_000);
    expect(expired).not.toHaveBeenCalled();
    vi.advanceTimersByTime(200);
    expect(expired).toHaveBeenCalledOnce();
  });

  it.each([1, 2, 9, 11, 25])("never expires early, also after %i ms", (timeoutMs) => {
    const deadlines = new Deadlines(timeoutMs);
    deadlines.add(entry());
    const expired = vi.fn<() => void>();
    vi.advanceTimersByTime(1);
    deadlines.add(entry(expired));
    vi.advanceTimersByTime(timeoutMs - 1);
    expect(expired).not.toHaveBeenCalled();
    vi.advanceTimersByTime(timeoutMs + 10);
    expect(expired).toHaveBeenCalledOnce();
  });

  it("forgets entries from any place of the queue", () => {
    const deadlines = new Deadlines(10);
    const kept = vi.fn<() => void>();
    const removed = vi.fn<() => void>();
    const entries = [entry(removed), entry(kept), entry(removed), entry(kept), entry(removed)];
    for (const each of entries) deadlines.add(each);
    for (const each of entries) if (each.onDeadline === removed) deadlines.remove(each);
    vi.advanceTimersByTime(50);
    expect(removed).not.toHaveBeenCalled();
    expect(kept).toHaveBeenCalledTimes(2);
  });

  it("does nothing for an entry that is not there", () => {
    const deadlines = new Deadlines(10);
    const there = vi.fn<() => void>();
    deadlines.add(entry(there));
    deadlines.remove(entry());
    vi.advanceTimersByTime(50);
    expect(there).toHaveBeenCalledOnce();
  });

  it("lets an entry be added again when it expires", () => {
    const deadlines = new Deadlines(10);
    let times = 0;
    const again: DeadlineEntry = entry(() => {
      if (++times < 3) deadlines.add(again);
    });
    deadlines.add(again);
    vi.advanceTimersByTime(100);
    expect(times).toBe(3);
  });

  it("keeps no timer when nothing is waiting", () => {
    const deadlines = new Deadlines(10);
    const only = entry();
    deadlines.add(only);
    deadlines.remove(only);
    vi.advanceTimersByTime(10);
    expect(vi.getTimerCount()).toBe(0);
  });
});
