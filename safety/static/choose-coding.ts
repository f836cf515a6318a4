import { negotiateEncoding, type ContentCoding } from "../compression/negotiate.ts";
import { fileCodings } from "./memory-file.ts";

/** Browsers send a handful of values; whoever makes up more does not get our memory. */
const MAX_KNOWN = 64;

/** Remembers what was negotiated, because nearly all clients say the same. */
export function createCodingChoice(): (acceptEncoding: string) => ContentCoding | undefined {
  const known = new Map<string, ContentCoding | undefined>();
  return (acceptEncoding) => {
    if (acceptEncoding === "") return undefined;
    if (known.has(acceptEncoding)) return known.get(acceptEncoding);
    const coding = negotiateEncoding(acceptEncoding, fileCodings);
    if (known.size < MAX_KNOWN) known.set(acceptEncoding, coding);
    return coding;
  };
}
