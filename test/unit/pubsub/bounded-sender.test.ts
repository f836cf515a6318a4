import { describe, expect, it } from "vitest";
import { BoundedSender } from "../../../src/pubsub/bounded-sender.ts";

describe("BoundedSender", () => {
  it("drops and counts what does not fit beside what waits, and goes on when that is gone", () => {
    const waiting: (() => void)[] = [];
    const sender = new BoundedSender((_batch, onSent) => waiting.push(onSent), 10);
    expect(sender.send(new Uint8Array(6))).toBe(true);
    expect(sender.send(new Uint8Array(4))).toBe(true);
    expect(sender.send(new Uint8Array(1))).toBe(false);
    expect(sender.droppedBatches).toBe(1);
    waiting.shift()?.();
    expect(sender.send(new Uint8Array(1))).toBe(true);
    expect(waiting).toHaveLength(2);
  });

  it("takes a batch that is larger than the bound when nothing else waits", () => {
    const sender = new BoundedSender(() => {}, 10);
    expect(sender.send(new Uint8Array(11))).toBe(true);
    expect(sender.send(new Uint8Array(1))).toBe(false);
  });
});
