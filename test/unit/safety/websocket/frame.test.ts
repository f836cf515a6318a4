import { brotliCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { parseFrame } from "../../../../client/frame.ts";
import { brotliFrame, plainFrame, unframe } from "../../../../safety/websocket/frame.ts";

const bytes = Uint8Array.of(5, 6);

describe("plainFrame", () => {
  it("leaves text as it is", () => {
    expect(plainFrame("text", false)).toEqual({ data: "text", isBinary: false });
  });

  it("marks binary as plain, in a way that the client understands", () => {
    const { data, isBinary } = plainFrame(bytes, true);
    expect(isBinary).toBe(true);
    expect(parseFrame(Uint8Array.from(data as Uint8Array).buffer)).toMatchObject({
      isText: false,
      isCompressed: false,
      payload: bytes,
    });
  });

  it("takes a string that is sent as binary", () => {
    expect(plainFrame("a", true).data).toEqual(Uint8Array.of(0, 97));
  });
});

describe("brotliFrame", () => {
  it.each([
    [false, true],
    [true, false],
  ])("tells the client whether the message is text (binary: %s)", (isBinary, isText) => {
    const frame = brotliFrame(bytes, isBinary);
    expect(frame.isBinary).toBe(true);
    expect(parseFrame(Uint8Array.from(frame.data as Uint8Array).buffer)).toMatchObject({
      isText,
      isCompressed: true,
      payload: bytes,
    });
  });
});

describe("unframe", () => {
  it.each([
    ["plain binary", plainFrame(bytes, true), true],
    ["compressed binary", brotliFrame(brotliCompressSync(bytes), true), true],
    ["compressed text", brotliFrame(brotliCompressSync(bytes), false), false],
  ])("gives back the message of %s", (_what, frame, isBinary) => {
    expect(unframe(frame.data as Uint8Array)).toEqual({ data: bytes.buffer, isBinary });
  });
});
