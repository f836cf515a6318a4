/** Counts the data frames of a server, without looking into them: a generator has better things to do. */
export class FrameCounter {
  /** Of text and binary frames, so far. */
  frames = 0;
  #header: Buffer = Buffer.alloc(0);
  #payloadLeft = 0;

  add(chunk: Buffer): void {
    let offset = 0;
    while (offset < chunk.length) {
      const skipped = Math.min(this.#payloadLeft, chunk.length - offset);
      this.#payloadLeft -= skipped;
      offset += skipped;
      if (this.#payloadLeft > 0 || offset >= chunk.length) return;
      // A header may be split over chunks; it is short, so that gathering it costs nothing.
      const joined =
        this.#header.length === 0
          ? chunk.subarray(offset)
          : Buffer.concat([this.#header, chunk.subarray(offset)]);
      const header = readHeader(joined);
      if (header === undefined) {
        this.#header = Buffer.from(joined);
        return;
      }
      offset += header.bytes - this.#header.length;
      this.#header = Buffer.alloc(0);
      this.#payloadLeft = header.payloadBytes;
      if (header.isData) this.frames++;
    }
  }
}

/** A server's frame: not masked. */
function readHeader(
  bytes: Buffer,
): { bytes: number; payloadBytes: number; isData: boolean } | undefined {
  if (bytes.length < 2) return undefined;
  const [first = 0, length = 0] = bytes;
  const opcode = first & 0x0f;
  const isData = opcode === 1 || opcode === 2;
  if (length < 126) return { bytes: 2, payloadBytes: length, isData };
  const size = length === 126 ? 4 : 10;
  if (bytes.length < size) return undefined;
  const payloadBytes = length === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  return { bytes: size, payloadBytes, isData };
}
