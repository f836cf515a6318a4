import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { compressInPool, compressNow, reaches } from "../../../../safety/websocket/compressor.ts";
import { unframe } from "../../../../safety/websocket/frame.ts";

describe("reaches", () => {
  it.each([
    ["a".repeat(9), false],
    ["a".repeat(10), true],
    ["ä".repeat(4), false],
    ["ä".repeat(5), true],
    ["€".repeat(4), true],
    ["", false],
    [new Uint8Array(9), false],
    [new Uint8Array(10), true],
  ])("counts the bytes of %o", (message, expected) => {
    expect(reaches(message, 10)).toBe(expected);
  });
});

describe.each([
  [
    "compressNow",
    async (message: string | Uint8Array, isBinary: boolean) => compressNow(message, isBinary),
  ],
  ["compressInPool", compressInPool],
])("%s", (_name, compress) => {
  it("makes a frame that gives the message back", async () => {
    const message = "€ and more ".repeat(1_000);
    const { data, isBinary } = await compress(message, false);
    expect(isBinary).toBe(true);
    expect(data.length).toBeLessThan(message.length / 10);
    const original = unframe(data as Uint8Array);
    expect(original.isBinary).toBe(false);
    expect(Buffer.from(original.data).toString()).toBe(message);
  });

  it("leaves alone what does not get smaller", async () => {
    const message = randomBytes(5_000);
    const { data } = await compress(message, true);
    expect(data).toEqual(new Uint8Array([0, ...message]));
  });
});
