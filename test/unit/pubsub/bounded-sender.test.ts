import { describe, expect, it, vi } from "vitest";
import { BoundedSender } from "../../../src/pubsub/bounded-sender.ts";

describe("BoundedSender", () => {
  it("drops what does not fit beside what waits, says so once, and goes on when that is gone", () => {
    const waiting: (() => void)[] = [];
    const onOverflow = vi.fn<() => void>();
    const sender = new BoundedSender((_batch, onSent) => waiting.push(onSent), onOverflow, 10);
    expect(sender.send(new Uint8Array(6))).toBe(true);
    expect(sender.send(new Uint8Array(4))).toBe(true);
    expect(onOverflow).not.toHaveBeenCalled();
    expect(sender.send(new Uint8Array(1))).toBe(false);
    expect(sender.send(new Uint8Array(1))).toBe(false);
    expect(onOverflow).toHaveBeenCalledOnce();
    for (const onSent of waiting.splice(0)) onSent();
    expect(sender.send(new Uint8Array(10))).toBe(true);
    expect(sender.send(new Uint8Array(1))).toBe(false);
    expect(onOverflow).toHaveBeenCalledTimes(2);
  });

  it("takes a batch that is larger than the bound when nothing else waits", () => {
    const sender = new BoundedSender(
      () => {},
      () => {},
      10,
    );
    expect(sender.send(new Uint8Array(11))).toBe(true);
    expect(sender.send(new Uint8Array(1))).toBe(false);
  });

  it("tells when nothing waits any more", async () => {
    const waiting: (() => void)[] = [];
    const sender = new BoundedSender(
      (_batch, onSent) => waiting.push(onSent),
      () => {},
    );
    await sender.whenEmpty();
    sender.send(new Uint8Array(1));
    sender.send(new Uint8Array(1));
    const onEmpty = vi.fn<() => void>();
    const emptied = sender.whenEmpty().then(onEmpty);
    waiting.shift()!();
    await Promise.resolve();
    expect(onEmpty).not.toHaveBeenCalled();
    waiting.shift()!();
    await emptied;
  });
});
