import { describe, expect, it } from "vitest";
import {
  emptyMessage,
  epollEventLayout,
  fillMessage,
  isUntouched,
  layOutMessage,
  messageBytes,
  readDescriptors,
  readSocketAddress,
  SOCKET_ADDRESS_BYTES,
  TCP_INFO_BYTES,
} from "../../../src/native/memory-layout.ts";

const address = 0x7f00_1234_5000n;
const newMessage = (): ReturnType<typeof layOutMessage> =>
  layOutMessage(Buffer.alloc(messageBytes(100, 3), 0xff), address, 100, 3);

const ipv6 = (bytes: string): Buffer =>
  Buffer.from(`0a000bb800000000${bytes}`.padEnd(SOCKET_ADDRESS_BYTES * 2, "0"), "hex");

const info = (state: number, received: bigint): Buffer => {
  const bytes = Buffer.alloc(TCP_INFO_BYTES);
  bytes[0] = state;
  bytes.writeBigUInt64LE(received, 128);
  return bytes;
};

describe("layOutMessage", () => {
  it("points the header at iovec, control data and data, one behind the other", () => {
    const { memory, data } = newMessage();
    expect(memory.readBigUInt64LE(0)).toBe(0n); // no name
    expect(memory.readBigUInt64LE(16)).toBe(address + 56n); // msg_iov
    expect(memory.readBigUInt64LE(24)).toBe(1n); // msg_iovlen
    expect(memory.readBigUInt64LE(32)).toBe(address + 72n); // msg_control
    expect(memory.readBigUInt64LE(56)).toBe(address + 104n); // iov_base, behind CMSG_SPACE(12) = 32
    data[0] = 7;
    expect(memory[104]).toBe(7);
    expect(data).toHaveLength(100);
  });
});

describe("fillMessage", () => {
  it("writes the length of the data, and one control message with the descriptors", () => {
    const message = newMessage();
    fillMessage(message, 10, [5, 6, 70_000]);
    const { memory } = message;
    expect(memory.readBigUInt64LE(64)).toBe(10n); // iov_len
    expect(memory.readBigUInt64LE(40)).toBe(32n); // msg_controllen, aligned
    expect(memory.readBigUInt64LE(72)).toBe(28n); // cmsg_len, not aligned
    expect(memory.readInt32LE(80)).toBe(1); // SOL_SOCKET
    expect(memory.readInt32LE(84)).toBe(1); // SCM_RIGHTS
    expect(readDescriptors(message)).toEqual([5, 6, 70_000]);
  });
});

describe("emptyMessage", () => {
  it("offers all room again after a message was received", () => {
    const message = newMessage();
    fillMessage(message, 10, [5]);
    message.memory.writeInt32LE(8, 48);
    emptyMessage(message, 3);
    expect(message.memory.readBigUInt64LE(64)).toBe(100n);
    expect(message.memory.readBigUInt64LE(40)).toBe(32n);
    expect(message.memory.readInt32LE(48)).toBe(0);
  });
});

describe("readDescriptors", () => {
  it("finds none where the kernel left no control data", () => {
    const message = newMessage();
    fillMessage(message, 10, [5]);
    message.memory.writeBigUInt64LE(0n, 40);
    expect(readDescriptors(message)).toEqual([]);
  });

  it("takes no other kind of control message for descriptors", () => {
    const message = newMessage();
    fillMessage(message, 10, [5]);
    message.memory.writeInt32LE(2, 84); // SCM_CREDENTIALS
    expect(readDescriptors(message)).toEqual([]);
  });
});

describe("readSocketAddress", () => {
  it("reads IPv4", () => {
    const address4 = Buffer.from("02000bb8c0a80001".padEnd(SOCKET_ADDRESS_BYTES * 2, "0"), "hex");
    const read = readSocketAddress(address4);
    expect(read?.port).toBe(3000);
    expect([...(read?.bytes ?? [])]).toEqual([192, 168, 0, 1]);
  });

  it("reads IPv6", () => {
    const read = readSocketAddress(ipv6("20010db8000000000000000000000001"));
    expect(read?.port).toBe(3000);
    expect(Buffer.from(read?.bytes ?? []).toString("hex")).toBe("20010db8000000000000000000000001");
  });

  it("takes IPv4 out of IPv6", () => {
    const read = readSocketAddress(ipv6("00000000000000000000ffff7f000001"));
    expect([...(read?.bytes ?? [])]).toEqual([127, 0, 0, 1]);
  });

  it("knows no other family", () => {
    expect(readSocketAddress(Buffer.alloc(SOCKET_ADDRESS_BYTES))).toBeUndefined();
  });
});

describe("isUntouched", () => {
  it.each<[string, boolean, [number, bigint, number]]>([
    ["everything still waits", true, [1, 50n, 50]],
    ["something was read", false, [1, 50n, 49]],
    ["everything waits behind a FIN", true, [8, 51n, 50]],
    ["something was read before a FIN", false, [8, 51n, 49]],
    ["the worker has shut it down", false, [5, 50n, 50]],
    ["it is closed", false, [7, 50n, 50]],
  ])("when %s, is %s", (_name, result, [state, received, queued]) => {
    expect(isUntouched(info(state, received), queued)).toBe(result);
  });
});

describe("epollEventLayout", () => {
  it("is packed on x64 only", () => {
    expect(epollEventLayout("x64")).toEqual({ size: 12, dataAt: 4 });
    expect(epollEventLayout("arm64")).toEqual({ size: 16, dataAt: 8 });
  });
});
