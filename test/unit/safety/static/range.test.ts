import { describe, expect, it } from "vitest";
import { resolveRange } from "../../../../safety/static/range.ts";

const validators = { etag: '"a-1"', lastModified: "Tue, 10 Nov 2026 10:00:00 GMT" };
const of = (range: string, ifRange = "", sizeBytes = 10) =>
  resolveRange(range, ifRange, { sizeBytes, validators });
const parts = (...ranges: readonly [number, number][]) => ({
  kind: "parts",
  ranges: ranges.map(([start, end]) => ({ start, end })),
});

describe("resolveRange", () => {
  it.each([
    ["bytes=0-0", parts([0, 0])],
    ["bytes=0-9", parts([0, 9])],
    ["bytes=0-10", parts([0, 9])],
    ["bytes=9-", parts([9, 9])],
    ["bytes=-3", parts([7, 9])],
    ["bytes=-11", parts([0, 9])],
    ["bytes=0-0, -99999999999999999999", parts([0, 9])],
    ["bytes=0-1,4-5", parts([0, 1], [4, 5])],
    ["bytes=4-5,0-1", parts([4, 5], [0, 1])],
    ["bytes=0-5,3-7", parts([0, 7])],
    ["bytes=0-1,20-30", parts([0, 1])],
  ])("takes %s", (range, result) => {
    expect(of(range)).toEqual(result);
  });

  it.each(["bytes=10-", "bytes=10-20", "bytes=5-4", "bytes=-0"])("cannot satisfy %s", (range) => {
    expect(of(range)).toEqual({ kind: "unsatisfiable" });
  });

  it.each(["", "bytes", "bytes=", "bytes=a-b", "bytes=1", "items=0-1", "bytes=0-1;2-3"])(
    "ignores %j",
    (range) => {
      expect(of(range)).toEqual({ kind: "whole" });
    },
  );

  it("satisfies nothing of an empty file", () => {
    expect(of("bytes=0-", "", 0)).toEqual({ kind: "unsatisfiable" });
  });

  it.each([
    ['"a-1"', "parts"],
    [validators.lastModified, "parts"],
    ['W/"a-1"', "whole"],
    ['"b-1"', "whole"],
    ["Tue, 10 Nov 2026 10:00:01 GMT", "whole"],
    ["Tue, 10 Nov 2026 09:59:59 GMT", "whole"],
    ["nonsense", "whole"],
  ])("with If-Range: %s gives %s", (ifRange, kind) => {
    expect(of("bytes=0-1", ifRange)).toMatchObject({ kind });
  });

  it("gives the whole to whoever asks for 33 ranges, and 32 to whoever asks for 32", () => {
    const ask = (count: number) =>
      of(`bytes=${Array.from({ length: count }, (_, n) => `${n * 2}-${n * 2}`).join(",")}`, "", 99);
    expect(ask(32)).toMatchObject({ kind: "parts" });
    expect(ask(33)).toEqual({ kind: "whole" });
  });
});
