import Negotiator from "negotiator";
import { zstdCompress } from "node:zlib";

/** A name in `Content-Encoding`. */
export type ContentCoding = "br" | "zstd" | "gzip" | "deflate";

/** What this Node can encode, best first. zstd came with Node 22.15. */
export const supportedCodings: readonly ContentCoding[] =
  typeof zstdCompress === "function"
    ? ["br", "zstd", "gzip", "deflate"]
    : ["br", "gzip", "deflate"];

/**
 * Picks an encoding by `Accept-Encoding`: the client's q-values decide, and between equals the order of
 * `available`.
 *
 * @returns `undefined` when the body should stay as it is.
 * @example
 * negotiateEncoding("gzip;q=0.8, br"); // "br"
 */
export function negotiateEncoding(
  acceptEncoding: string,
  available: readonly ContentCoding[] = supportedCodings,
): ContentCoding | undefined {
  // No header allows everything, but whoever sends none is rarely able to decode.
  if (acceptEncoding === "") return undefined;
  const offered = [...available, "identity"];
  const negotiator = new Negotiator({ headers: { "accept-encoding": acceptEncoding } });
  const [best] = preferredEncodings.call(negotiator, offered, { preferred: offered });
  return available.find((coding) => coding === best);
}

/** The published types are of a version that did not know the second argument yet. */
const preferredEncodings: (
  this: Negotiator,
  offered: string[],
  options: { readonly preferred: readonly string[] },
) => string[] = Negotiator.prototype.encodings;
