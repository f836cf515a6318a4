import { isIPv4, isIPv6 } from "node:net";

/** `127.0.0.1` for `::ffff:127.0.0.1`, which is how a dual-stack listener reports an IPv4 client. */
export function unmapAddress(text: string): string {
  return text.replace(/^::ffff:(?=\d+\.)/i, "");
}

/**
 * The 4 or 16 bytes of an address that is given as text; 4 for an IPv4 address mapped into IPv6.
 *
 * @returns `undefined` where the text is no address.
 */
export function toAddressBytes(text: string): Uint8Array | undefined {
  const address = unmapAddress(text);
  if (isIPv4(address)) return Uint8Array.from(address.split("."), Number);
  // A zone ("%eth0") says which interface, not which address.
  const withoutZone = address.split("%", 1)[0] ?? "";
  return isIPv6(withoutZone) ? ipv6Bytes(withoutZone) : undefined;
}

function ipv6Bytes(address: string): Uint8Array {
  const [head = "", tail] = address.split("::");
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (const [index, group] of before.entries()) view.setUint16(index * 2, group);
  for (const [index, group] of after.entries())
    view.setUint16((8 - after.length + index) * 2, group);
  return bytes;
}

function groups(part: string): number[] {
  if (part === "") return [];
  return part.split(":").flatMap((group) => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}
