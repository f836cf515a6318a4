/** The text of 4 or 16 address bytes, written as Node writes it; `undefined` for a Unix socket. */
export function formatAddress(bytes: Uint8Array): string | undefined {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) return undefined;
  const lastFour = bytes.subarray(12).join(".");
  if (isMapped(bytes)) return `::ffff:${lastFour}`;
  const groups = Array.from(
    { length: 8 },
    (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0),
  );
  const { start, length } = longestZeros(groups);
  if (length < 2) return text(groups);
  // The old IPv4-compatible form.
  if (start === 0 && length === 6) return `::${lastFour}`;
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

function text(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(":");
}

/** An IPv4 address as a dual-stack socket sees it. */
function isMapped(bytes: Uint8Array): boolean {
  return bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every((byte) => !byte);
}

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  }
  return best;
}
