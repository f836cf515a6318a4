import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SIGNATURE } from "../../../src/internal/proxy-protocol.ts";
import { SignatureScanner } from "../../../src/transports/signature-scanner.ts";

describe("SignatureScanner", () => {
  it("finds the signature however the stream is cut, and nothing else", () => {
    const noise = fc
      .uint8Array({ maxLength: 30 })
      .map((bytes) => Buffer.from(bytes.map((byte) => byte % 14)));
    fc.assert(
      fc.property(
        noise,
        noise,
        fc.array(fc.nat(70), { maxLength: 8 }),
        fc.boolean(),
        (a, b, cuts, plant) => {
          const stream = Buffer.concat(plant ? [a, SIGNATURE, b] : [a, b]);
          const edges = [
            0,
            ...cuts.filter((cut) => cut < stream.length).toSorted((x, y) => x - y),
            stream.length,
          ];
          const scanner = new SignatureScanner();
          const found = edges
            .slice(1)
            .some((end, index) => scanner.find(stream.subarray(edges[index], end)));
          expect(found).toBe(stream.includes(SIGNATURE));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
