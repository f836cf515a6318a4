import compressible from "compressible";

/** What decides whether a body is worth encoding. */
export interface CompressionQuestion {
  /** Length of the body; `undefined` when nobody knows yet. */
  readonly bytes: number | undefined;
  /** Smallest body that is encoded. */
  readonly threshold: number;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly cacheControl: string | undefined;
  /** A part of a body has offsets into the body as it is (RFC 9110 section 14.4). */
  readonly contentRange: string | undefined;
}

/** Whether a body may be encoded and probably gets smaller by it. */
export function isWorthCompressing(question: CompressionQuestion): boolean {
  const { bytes, threshold, contentType, contentEncoding, contentRange, cacheControl } = question;
  if (bytes !== undefined && bytes < threshold) return false;
  if (contentEncoding !== undefined || contentRange !== undefined) return false;
  if (cacheControl !== undefined && /\bno-transform\b/i.test(cacheControl)) return false;
  return contentType !== undefined && compressible(contentType) === true;
}

/** The entity tag of an encoded body: no longer the same bytes, so no longer a strong one. */
export function toWeakEtag(etag: string): string {
  return etag.startsWith("W/") ? etag : `W/${etag}`;
}

/** `Vary` with one more field, unless it is there. */
export function addVary(vary: string | undefined, field: string): string {
  if (vary === undefined || vary.trim() === "") return field;
  const fields = new Set(vary.split(",").map((name) => name.trim().toLowerCase()));
  return fields.has("*") || fields.has(field.toLowerCase()) ? vary : `${vary}, ${field}`;
}
