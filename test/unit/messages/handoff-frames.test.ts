import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeEntries,
  encodeEntries,
  encodeRecords,
  RecordReader,
  type WorkerRecord,
} from "../../../src/messages/handoff-frames.ts";

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });

describe("decodeEntries", () => {
  it("reads what was encoded, IPv4 and IPv6", () => {
    const address = fc
      .constantFrom(4, 16)
      .chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
    const sockets = fc.array(fc.record({ address }), { maxLength: 64 });
    fc.assert(
      fc.property(fc.oneof(uint32, fc.constant(0xffff_ffff)), sockets, (firstId, sent) => {
        const expected = sent.map((socket, i) => ({ ...socket, id: (firstId + i) % 2 ** 32 }));
        expect(decodeEntries(encodeEntries(firstId, sent))).toEqual(expected);
      }),
    );
  });
});

describe("RecordReader", () => {
  it("reads the same records however the stream is cut", () => {
    const record: fc.Arbitrary<WorkerRecord> = fc.oneof(
      fc.record({ kind: fc.constantFrom("adopted" as const, "not-taken" as const), id: uint32 }),
      fc.record({ kind: fc.constant("report" as const), adoptedTotal: uint32, open: uint32 }),
    );
    fc.assert(
      fc.property(fc.array(record), fc.integer({ min: 1, max: 40 }), (records, size) => {
        const bytes = encodeRecords(records);
        const reader = new RecordReader();
        const reused = Buffer.alloc(size);
        const read: WorkerRecord[] = [];
        for (let at = 0; at < bytes.length; at += size) {
          const copied = bytes.copy(reused, 0, at);
          read.push(...reader.read(reused.subarray(0, copied)));
        }
        expect(read).toEqual(records);
      }),
    );
  });

  it("skips what is no record", () => {
    expect(new RecordReader().read(Buffer.alloc(24))).toEqual([]);
  });
});
