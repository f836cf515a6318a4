import { describe, expect, it } from "vitest";
import { framingOf } from "../../../../safety/exchange/framing.ts";

function headersOf(lengths: readonly string[], encodings: readonly string[]): string[] {
  return [
    "host",
    "localhost",
    ...lengths.flatMap((value) => ["content-length", value]),
    ...encodings.flatMap((value) => ["transfer-encoding", value]),
  ];
}

describe("framingOf", () => {
  it.each<[readonly string[], readonly string[], object]>([
    [[], [], { kind: "none" }],
    [["0"], [], { kind: "none" }],
    [["3"], [], { kind: "length", bytes: 3 }],
    [["007"], [], { kind: "length", bytes: 7 }],
    [["3", "3"], [], { kind: "length", bytes: 3 }],
    [["999999999999999"], [], { kind: "length", bytes: 999_999_999_999_999 }],
    [[], ["chunked"], { kind: "chunked" }],
    [[], ["Chunked"], { kind: "chunked" }],
  ])("takes lengths %j and encodings %j for %j", (lengths, encodings, framing) => {
    expect(framingOf(headersOf(lengths, encodings))).toEqual(framing);
  });

  it.each<[readonly string[], readonly string[]]>([
    [["3"], ["chunked"]],
    [["3", "4"], []],
    [["3", "03"], []],
    [["3, 3"], []],
    [["-1"], []],
    [["+1"], []],
    [["0x3"], []],
    [["3.0"], []],
    [[""], []],
    [["1000000000000000"], []],
    [[], ["gzip, chunked"]],
    [[], ["chunked", "chunked"]],
    [[], ["identity"]],
    [[], [""]],
  ])("finds lengths %j with encodings %j ambiguous", (lengths, encodings) => {
    expect(framingOf(headersOf(lengths, encodings))).toMatchObject({ kind: "ambiguous" });
  });
});
