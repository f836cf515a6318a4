/** Decodes one whole brotli message. Rejects or throws when it is damaged. */
export type DecodeBrotli = (
  compressed: Uint8Array<ArrayBuffer>,
) => Uint8Array | Promise<Uint8Array>;

/**
 * Finds a decoder: `DecompressionStream("brotli")` where the platform has it, else `brotli-dec-wasm` (about 100 KB over
 * the wire), fetched only now. Call it early to have the decoder at hand before the first message.
 */
export async function loadBrotliDecoder(): Promise<DecodeBrotli> {
  if (hasNativeBrotli()) return decodeNatively;
  // Node before 22.20: brotli in zlib only, and no fetch of files, which the WebAssembly needs.
  const zlib = globalThis.process?.getBuiltinModule?.("zlib");
  if (zlib !== undefined) return (compressed) => zlib.brotliDecompressSync(compressed);
  const { default: ready } = await import("brotli-dec-wasm");
  const { decompress } = await ready;
  return (compressed) => decompress(compressed);
}

/** Newer than some type definitions. */
const FORMAT = "brotli" as ConstructorParameters<typeof DecompressionStream>[0];

function hasNativeBrotli(): boolean {
  try {
    return Boolean(new DecompressionStream(FORMAT));
  } catch {
    return false; // Compression streams exist only without brotli, or not at all.
  }
}

async function decodeNatively(compressed: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const decoded = new Blob([compressed]).stream().pipeThrough(new DecompressionStream(FORMAT));
  return new Uint8Array(await new Response(decoded).arrayBuffer());
}
