/**
 * How the kernel lays out the structures that the system calls pass by address, on 64-bit little-endian
 * Linux. Only `epoll_event` differs between x64, where it is packed, and arm64.
 */

export type Architecture = "x64" | "arm64";

// Lengths are 64 bits wide and never need more than the lower 32, which are written without a bigint.

const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;

/** `struct msghdr`: name, iovec and control data by address, then the flags of what was received. */
const MESSAGE_HEADER_BYTES = 56;
const IOVEC_BYTES = 16;
const CONTROL_HEADER_BYTES = 16;

const alignTo8 = (bytes: number): number => (bytes + 7) & ~7;

/** `CMSG_SPACE` of so many descriptors. */
const controlSpace = (descriptors: number): number =>
  CONTROL_HEADER_BYTES + alignTo8(descriptors * 4);

/** One message with room for data and descriptors, laid out once and used for every call. */
export interface MessageLayout {
  /** What `sendmsg` and `recvmsg` take: the header at its start points into the rest of it. */
  readonly memory: Buffer;
  readonly data: Buffer;
}

/**
 * @param memory At least {@link messageBytes}; it must not move while the layout is in use.
 * @param address Where `memory` begins.
 */
export function layOutMessage(
  memory: Buffer,
  address: bigint,
  dataBytes: number,
  descriptors: number,
): MessageLayout {
  const iovecAt = MESSAGE_HEADER_BYTES;
  const controlAt = iovecAt + IOVEC_BYTES;
  const dataAt = controlAt + controlSpace(descriptors);
  memory.fill(0);
  memory.writeBigUInt64LE(address + BigInt(iovecAt), 16);
  memory.writeBigUInt64LE(1n, 24);
  memory.writeBigUInt64LE(address + BigInt(controlAt), 32);
  memory.writeBigUInt64LE(address + BigInt(dataAt), iovecAt);
  return { memory, data: memory.subarray(dataAt, dataAt + dataBytes) };
}

export const messageBytes = (dataBytes: number, descriptors: number): number =>
  MESSAGE_HEADER_BYTES + IOVEC_BYTES + controlSpace(descriptors) + dataBytes;

/** Makes a message of the first `dataBytes` bytes of its data and these descriptors. */
export function fillMessage(
  layout: MessageLayout,
  dataBytes: number,
  descriptors: readonly number[],
): void {
  const { memory } = layout;
  setDataLength(memory, dataBytes);
  setControlLength(memory, controlSpace(descriptors.length));
  const controlAt = MESSAGE_HEADER_BYTES + IOVEC_BYTES;
  memory.writeUInt32LE(CONTROL_HEADER_BYTES + descriptors.length * 4, controlAt);
  memory.writeInt32LE(SOL_SOCKET, controlAt + 8);
  memory.writeInt32LE(SCM_RIGHTS, controlAt + 12);
  for (let i = 0; i < descriptors.length; i++) {
    memory.writeInt32LE(descriptors[i]!, controlAt + CONTROL_HEADER_BYTES + i * 4);
  }
}

/** Makes all room available to the next `recvmsg`, which overwrites the lengths with what it used. */
export function emptyMessage(layout: MessageLayout, descriptors: number): void {
  setDataLength(layout.memory, layout.data.length);
  setControlLength(layout.memory, controlSpace(descriptors));
  layout.memory.writeInt32LE(0, 48);
}

/** The descriptors that came with a message: fewer than were sent if the process can hold no more. */
export function readDescriptors(layout: MessageLayout): number[] {
  const { memory } = layout;
  const descriptors: number[] = [];
  const controlAt = MESSAGE_HEADER_BYTES + IOVEC_BYTES;
  if (memory.readUInt32LE(40) < CONTROL_HEADER_BYTES) return descriptors;
  if (memory.readInt32LE(controlAt + 8) !== SOL_SOCKET) return descriptors;
  if (memory.readInt32LE(controlAt + 12) !== SCM_RIGHTS) return descriptors;
  const end = controlAt + memory.readUInt32LE(controlAt);
  for (let at = controlAt + CONTROL_HEADER_BYTES; at + 4 <= end; at += 4) {
    descriptors.push(memory.readInt32LE(at));
  }
  return descriptors;
}

function setDataLength(memory: Buffer, bytes: number): void {
  memory.writeUInt32LE(bytes, MESSAGE_HEADER_BYTES + 8);
}

function setControlLength(memory: Buffer, bytes: number): void {
  memory.writeUInt32LE(bytes, 40);
}

/** `struct tcp_info` up to `tcpi_bytes_received` (Linux 4.1). */
export const TCP_INFO_BYTES = 136;

const TCP_ESTABLISHED = 1;
const TCP_CLOSE_WAIT = 8;

/**
 * Whether nothing was ever read from a socket, by its `tcp_info` and the bytes that wait in it. The kernel
 * counts received sequence numbers, so that the client's FIN is one byte more.
 */
export function isUntouched(tcpInfo: Buffer, queuedBytes: number): boolean {
  const readBytes = Number(tcpInfo.readBigUInt64LE(128)) - queuedBytes;
  if (tcpInfo[0] === TCP_ESTABLISHED) return readBytes === 0;
  return tcpInfo[0] === TCP_CLOSE_WAIT && readBytes === 1;
}

/** `struct sockaddr_in6`, the largest that a TCP socket has. */
export const SOCKET_ADDRESS_BYTES = 28;

const AF_INET = 2;
const AF_INET6 = 10;

export interface SocketAddress {
  /** 4 or 16 bytes, an IPv4 address mapped into IPv6 unmapped. A copy. */
  readonly bytes: Uint8Array;
  readonly port: number;
}

export function readSocketAddress(address: Buffer): SocketAddress | undefined {
  const family = address.readUInt16LE(0);
  const port = address.readUInt16BE(2);
  if (family === AF_INET) return { bytes: copyBytes(address, 4, 8), port };
  if (family !== AF_INET6) return undefined;
  return { bytes: copyBytes(address, isMappedIPv4(address) ? 20 : 8, 24), port };
}

/** By hand: for so few bytes a view, or an iterator, costs more than they do. */
function copyBytes(from: Buffer, start: number, end: number): Uint8Array {
  const bytes = new Uint8Array(end - start);
  for (let i = start; i < end; i++) bytes[i - start] = from[i]!;
  return bytes;
}

function isMappedIPv4(address: Buffer): boolean {
  return (
    address.readUInt32BE(8) === 0 &&
    address.readUInt32BE(12) === 0 &&
    address.readUInt32BE(16) === 0xff_ff
  );
}

/** `struct epoll_event`: 32 bits of events, then 64 bits for the caller. */
export function epollEventLayout(arch: Architecture): { size: number; dataAt: number } {
  return arch === "x64" ? { size: 12, dataAt: 4 } : { size: 16, dataAt: 8 };
}
