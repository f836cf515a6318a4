import { SocketAddress } from "node:net";

import { array, assert, constant, nat, oneof, property, tuple } from "fast-check";
import { describe, expect, it } from "vitest";

import { formatAddress } from "../../../src/internal/format-address.ts";

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString("hex")
    .replace(/(.{4})(?=.)/g, "$1:");
}

describe("formatAddress", () => {
  it.each([
    ["127.0.0.1", [127, 0, 0, 1]],
    ["::ffff:127.0.0.1", [...Array<number>(10).fill(0), 255, 255, 127, 0, 0, 1]],
    ["::1", [...Array<number>(15).fill(0), 1]],
    ["::1.2.3.4", [...Array<number>(12).fill(0), 1, 2, 3, 4]],
    ["::2", [...Array<number>(15).fill(0), 2]],
    ["::", Array<number>(16).fill(0)],
    ["2001:db8::", [0x20, 0x01, 0x0d, 0xb8, ...Array<number>(12).fill(0)]],
    [undefined, []],
  ])("writes %s", (text, bytes) => {
    expect(formatAddress(Uint8Array.from(bytes))).toBe(text);
  });

  it("writes every IPv6 address as Node does", () => {
    const group = oneof(constant([0, 0]), tuple(nat(255), nat(255)));
    assert(
      property(array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const bytes = Uint8Array.from(groups.flat());
        const address = new SocketAddress({ address: hex(bytes), family: "ipv6" });
        expect(formatAddress(bytes)).toBe(address.address);
      }),
      { numRuns: 2000 },
    );
  });
});
