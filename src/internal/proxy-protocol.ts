// The PROXY protocol, version 2: who the client is, told to a server that only sees the proxy.
// Source: https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt, section 2.2.
import type { Socket } from "node:net";
import { formatAddress } from "./format-address.ts";
import { toAddressBytes } from "./ip-address.ts";

export const SIGNATURE: Buffer = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");

/** Signature, version and command, family, length of the rest. */
export const PREFIX_BYTES = 16;

/** Two IPv6 addresses with their ports: all that a header of ours has behind its prefix. */
const MAX_REST_BYTES = 36;

export const MAX_PROXY_HEADER_BYTES: number = PREFIX_BYTES + MAX_REST_BYTES;

const VERSION_AND_PROXY = 0x21;
const TCP_OVER_IPV4 = 0x11;
const TCP_OVER_IPV6 = 0x21;

export interface Endpoint {
  readonly address: string | undefined;
  readonly port: number | undefined;
}

/** The header for a connection from `client` to `server`. Addresses that are not known are zeros. */
export function encodeProxyHeader(client: Endpoint, server: Endpoint): Buffer {
  const source = toAddressBytes(client.address ?? "") ?? new Uint8Array(4);
  const target = toAddressBytes(server.address ?? "");
  const size = source.length;
  const header = Buffer.alloc(PREFIX_BYTES + 2 * size + 4);
  SIGNATURE.copy(header);
  header[12] = VERSION_AND_PROXY;
  header[13] = size === 4 ? TCP_OVER_IPV4 : TCP_OVER_IPV6;
  header.writeUInt16BE(2 * size + 4, 14);
  header.set(source, PREFIX_BYTES);
  // The header has one family for both: where they differ, the server's address, which nobody reads, is zeros.
  if (target?.length === size) header.set(target, PREFIX_BYTES + size);
  header.writeUInt16BE(client.port ?? 0, PREFIX_BYTES + 2 * size);
  header.writeUInt16BE(server.port ?? 0, PREFIX_BYTES + 2 * size + 2);
  return header;
}

/**
 * The header in front of what a client sends, for a worker that sees only the primary's connection.
 *
 * @param clientAddress As the worker expects it: the client's own, or sealed.
 */
export function proxyHeaderOf(
  { remotePort, localAddress, localPort }: Socket,
  clientAddress: string | undefined,
): Buffer {
  return encodeProxyHeader(
    { address: clientAddress, port: remotePort },
    { address: localAddress, port: localPort },
  );
}

/** How many bytes follow this prefix, or `undefined` where it is no header of ours. */
export function restBytes(prefix: Buffer): number | undefined {
  if (!prefix.subarray(0, SIGNATURE.length).equals(SIGNATURE)) return undefined;
  if (prefix[12] !== VERSION_AND_PROXY) return undefined;
  const length = prefix.readUInt16BE(14);
  return length === sizeOf(prefix) * 2 + 4 && length <= MAX_REST_BYTES ? length : undefined;
}

/** The client, from a whole header that {@link restBytes} has accepted. */
export function decodeClient(prefix: Buffer, rest: Buffer): Required<Endpoint> {
  const size = sizeOf(prefix);
  return { address: formatAddress(rest.subarray(0, size)), port: rest.readUInt16BE(2 * size) };
}

function sizeOf(prefix: Buffer): number {
  if (prefix[13] === TCP_OVER_IPV4) return 4;
  return prefix[13] === TCP_OVER_IPV6 ? 16 : 0;
}
