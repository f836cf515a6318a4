import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toAddressBytes } from "../../../src/internal/ip-address.ts";
import {
  decodeClient,
  encodeProxyHeader,
  PREFIX_BYTES,
  restBytes,
  SIGNATURE,
} from "../../../src/internal/proxy-protocol.ts";

const anyAddress = fc.oneof(fc.ipV4(), fc.ipV6());
const anyPort = fc.integer({ min: 0, max: 65_535 });

function decode(header: Buffer) {
  const prefix = header.subarray(0, PREFIX_BYTES);
  expect(restBytes(prefix)).toBe(header.length - PREFIX_BYTES);
  return decodeClient(prefix, header.subarray(PREFIX_BYTES));
}

describe("toAddressBytes", () => {
  it.each([
    ["127.0.0.1", [127, 0, 0, 1]],
    ["::ffff:10.1.2.3", [10, 1, 2, 3]],
    ["::1", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
    ["::", Array<number>(16).fill(0)],
    ["fe80::1%eth0", [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
    ["1:2:3:4:5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
    ["64:ff9b::1.2.3.4", [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]],
  ])("reads %s", (text, bytes) => {
    expect([...(toAddressBytes(text) ?? [])]).toEqual(bytes);
  });

  it.each(["", "localhost", "1.2.3", "::1::", "256.1.1.1"])("takes %j for no address", (text) => {
    expect(toAddressBytes(text)).toBeUndefined();
  });
});

describe("encodeProxyHeader", () => {
  it("gives back the client's address and port, in the shortest form", () => {
    fc.assert(
      fc.property(anyAddress, anyPort, (address, port) => {
        const client = decode(
          encodeProxyHeader({ address, port }, { address: "127.0.0.1", port: 80 }),
        );
        expect(client.port).toBe(port);
        expect([...toAddressBytes(client.address!)!]).toEqual([...toAddressBytes(address)!]);
      }),
    );
  });

  it("is what HAProxy's document gives for TCP over IPv4", () => {
    const header = encodeProxyHeader(
      { address: "10.0.0.1", port: 258 },
      { address: "10.0.0.2", port: 80 },
    );
    expect(header.toString("hex")).toBe(
      `${SIGNATURE.toString("hex")}2111000c0a0000010a00000201020050`,
    );
  });
});

describe("restBytes", () => {
  it("refuses what no header of ours begins with", () => {
    const header = encodeProxyHeader({ address: "::1", port: 1 }, { address: "::1", port: 2 });
    const prefix = header.subarray(0, PREFIX_BYTES);
    for (let index = 0; index < PREFIX_BYTES; index++) {
      const broken = Buffer.from(prefix);
      broken[index]! ^= 0x80;
      expect(restBytes(broken)).toBeUndefined();
    }
  });
});
