import parseRange from "range-parser";
import type { Validators } from "./conditional.ts";

/** Both ends included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** `whole`: 200. `unsatisfiable`: 416. `parts`: 206, of one range or several. */
export type RangeResult =
  | { readonly kind: "whole" }
  | { readonly kind: "unsatisfiable" }
  | { readonly kind: "parts"; readonly ranges: readonly ByteRange[] };

/** Each part costs a head of about 100 bytes; whoever asks for more parts gets the whole. */
const MAX_RANGES = 32;

const whole: RangeResult = { kind: "whole" };
const unsatisfiable: RangeResult = { kind: "unsatisfiable" };

/** What `Range` and `If-Range` ask for, of a representation of `sizeBytes`. Malformed ranges are ignored. */
export function resolveRange(
  range: string,
  ifRange: string,
  { sizeBytes, validators }: { readonly sizeBytes: number; readonly validators: Validators },
): RangeResult {
  if (!range.startsWith("bytes=") || !isSame(ifRange, validators)) return whole;
  const parsed = parseRange(sizeBytes, withinSize(range, sizeBytes), { combine: true });
  if (parsed === -1) return unsatisfiable;
  if (parsed === -2 || parsed.length > MAX_RANGES) return whole;
  return { kind: "parts", ranges: parsed.map(({ start, end }) => ({ start, end })) };
}

/** "The last 500 bytes" of less than that are all of it (RFC 9110, section 14.1.2); the parser finds none. */
function withinSize(range: string, sizeBytes: number): string {
  return range.replaceAll(/([=,]\s*)-(\d+)/g, (_, before: string, suffix: string) => {
    return `${before}-${Math.min(Number(suffix), sizeBytes)}`;
  });
}

/**
 * Whether the client has a part of these very bytes. The date must be the same, not merely later: a file that
 * was put back to an older state would be glued to a part of the newer one.
 */
function isSame(ifRange: string, { etag, lastModified }: Validators): boolean {
  return ifRange === "" || ifRange === etag || ifRange === lastModified;
}
