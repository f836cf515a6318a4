/** A message on its way to the subscribers of a topic. */
export interface Publication {
  readonly topic: string;
  /** Text may come as its UTF-8 bytes. */
  readonly message: string | Uint8Array;
  readonly isBinary: boolean;
  /** `undefined` leaves it to the app. */
  readonly compress: boolean | undefined;
}

/** Two lengths and the flags. */
const HEADER_BYTES = 9;
const BINARY = 1;
const COMPRESS = 2;
const NO_COMPRESS = 4;

/** One publication as bytes. Records can be put behind one another, and forwarded without being read. */
export function encodeRecord({ topic, message, isBinary, compress }: Publication): Uint8Array {
  const topicBytes = Buffer.byteLength(topic);
  const messageBytes =
    typeof message === "string" ? Buffer.byteLength(message) : message.byteLength;
  const record = Buffer.allocUnsafe(HEADER_BYTES + topicBytes + messageBytes);
  record.writeUInt32LE(topicBytes, 0);
  record.writeUInt32LE(messageBytes, 4);
  record[8] = (isBinary ? BINARY : 0) | compressFlag(compress);
  record.write(topic, HEADER_BYTES);
  if (typeof message === "string") record.write(message, HEADER_BYTES + topicBytes);
  else record.set(message, HEADER_BYTES + topicBytes);
  return record;
}

/**
 * Reads records that lie behind one another; the messages are views into `batch`. Where the bytes stop making
 * sense, reading ends.
 */
export function decodeRecords(batch: Uint8Array): Publication[] {
  const bytes = Buffer.from(batch.buffer, batch.byteOffset, batch.byteLength);
  const publications: Publication[] = [];
  let offset = 0;
  while (offset + HEADER_BYTES <= bytes.length) {
    const messageStart = offset + HEADER_BYTES + bytes.readUInt32LE(offset);
    const end = messageStart + bytes.readUInt32LE(offset + 4);
    if (end > bytes.length) break;
    const flags = bytes[offset + 8] ?? 0;
    publications.push({
      topic: bytes.toString("utf8", offset + HEADER_BYTES, messageStart),
      message: bytes.subarray(messageStart, end),
      isBinary: (flags & BINARY) !== 0,
      compress: (flags & COMPRESS) !== 0 ? true : (flags & NO_COMPRESS) !== 0 ? false : undefined,
    });
    offset = end;
  }
  return publications;
}

function compressFlag(compress: boolean | undefined): number {
  if (compress === undefined) return 0;
  return compress ? COMPRESS : NO_COMPRESS;
}
