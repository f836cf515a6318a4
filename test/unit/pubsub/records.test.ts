import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeRecords, encodeRecord, type Publication } from "../../../src/pubsub/records.ts";

const publication = fc.record({
  topic: fc.string({ unit: "grapheme" }),
  message: fc.oneof(fc.string({ unit: "grapheme" }), fc.uint8Array({ maxLength: 300 })),
  isBinary: fc.boolean(),
  compress: fc.constantFrom(true, false, undefined),
});

const asBytes = ({ message, ...rest }: Publication): object => ({
  ...rest,
  message: Buffer.from(typeof message === "string" ? Buffer.from(message) : message),
});

describe("decodeRecords", () => {
  it("gives back what encodeRecord made, in order", () => {
    fc.assert(
      fc.property(fc.array(publication), (publications) => {
        const batch = Buffer.concat(publications.map(encodeRecord));
        expect(decodeRecords(batch).map(asBytes)).toEqual(publications.map(asBytes));
      }),
    );
  });

  it("reads a view that does not begin its buffer", () => {
    const record = encodeRecord({ topic: "t", message: "m", isBinary: false, compress: undefined });
    const padded = new Uint8Array([1, 2, 3, ...record]);
    expect(decodeRecords(padded.subarray(3))).toHaveLength(1);
  });

  it("ends where the bytes stop making sense, whatever they are", () => {
    fc.assert(
      fc.property(publication, fc.uint8Array({ maxLength: 40 }), (first, rest) => {
        const record = encodeRecord(first);
        expect(decodeRecords(record.subarray(0, record.length - 1))).toEqual([]);
        expect(decodeRecords(Buffer.concat([record, rest])).map(asBytes)[0]).toEqual(
          asBytes(first),
        );
      }),
    );
  });
});
