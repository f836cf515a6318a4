import { describe, expect, it } from "vitest";
import { Lane } from "../../../../safety/websocket/lane.ts";

describe("Lane", () => {
  it("delivers in the order of the calls, whatever is ready first", async () => {
    const lane = new Lane();
    const delivered: string[] = [];
    let release = (_value: string): void => {};
    const slow = new Promise<string>((resolve) => {
      release = resolve;
    });
    lane.push(10, slow, (value) => delivered.push(value));
    lane.push(5, Promise.resolve("second"), (value) => delivered.push(value));
    expect(lane.waitingBytes).toBe(15);
    await Promise.resolve();
    expect(delivered).toEqual([]);
    release("first");
    await lane.tail;
    expect(delivered).toEqual(["first", "second"]);
  });

  it("waits for nothing when everything has been delivered", async () => {
    const lane = new Lane();
    expect(lane.tail).toBeUndefined();
    const seen: (Promise<void> | undefined)[] = [];
    lane.push(1, Promise.resolve(), () => seen.push(lane.tail));
    await lane.tail;
    expect(seen).toEqual([undefined]);
    expect(lane.waitingBytes).toBe(0);
  });
});
