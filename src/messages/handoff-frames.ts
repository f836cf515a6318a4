/**
 * What primary and worker say to each other beside the descriptors. Both run the same code on the same
 * machine, so the records are fixed in size and have no version.
 */

/** The worker's end of the channel: behind standard input, output, error and Node's own channel. */
export const LINK_DESCRIPTOR = 4;

/** One handed-over socket: 4 bytes of id, the length of the peer's address, its 16 bytes. */
const ENTRY_BYTES = 24;

const MAX_ADDRESS_BYTES = 16;

/** One answer or report: its kind and two numbers. */
const RECORD_BYTES = 12;

const ADOPTED = 1;
const NOT_TAKEN = 2;
const REPORT = 3;

export interface HandoffEntry {
  readonly id: number;
  /** The peer's 4 or 16 address bytes. */
  readonly address: Uint8Array;
}

export type WorkerRecord =
  /** The worker holds this socket: the primary closes its copy. */
  | { readonly kind: "adopted"; readonly id: number }
  /** The worker could not take it, and has no copy: it may go to another. */
  | { readonly kind: "not-taken"; readonly id: number }
  /** How many sockets the worker ever adopted, modulo 2^32, and how many connections are open in it now. */
  | { readonly kind: "report"; readonly adoptedTotal: number; readonly open: number };

/**
 * One message: as many entries as descriptors travel with it, in the same order. Ids count up from
 * `firstId`, modulo 2^32.
 */
export function encodeEntries(
  firstId: number,
  sockets: readonly Pick<HandoffEntry, "address">[],
): Buffer {
  const bytes = Buffer.alloc(sockets.length * ENTRY_BYTES);
  let at = 0;
  let id = firstId;
  for (const { address } of sockets) {
    bytes.writeUInt32LE(id, at);
    bytes[at + 4] = address.length;
    bytes.set(address, at + 8);
    at += ENTRY_BYTES;
    id = (id + 1) >>> 0;
  }
  return bytes;
}

export function decodeEntries(bytes: Buffer): HandoffEntry[] {
  const entries: HandoffEntry[] = [];
  for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
    const address = new Uint8Array(Math.min(bytes[at + 4]!, MAX_ADDRESS_BYTES));
    for (let i = 0; i < address.length; i++) address[i] = bytes[at + 8 + i]!;
    entries.push({ id: bytes.readUInt32LE(at), address });
  }
  return entries;
}

export function encodeRecords(records: readonly WorkerRecord[]): Buffer {
  const bytes = Buffer.alloc(records.length * RECORD_BYTES);
  let at = 0;
  for (const record of records) {
    if (record.kind === "report") {
      bytes[at] = REPORT;
      bytes.writeUInt32LE(record.adoptedTotal >>> 0, at + 4);
      bytes.writeUInt32LE(record.open, at + 8);
    } else {
      bytes[at] = record.kind === "adopted" ? ADOPTED : NOT_TAKEN;
      bytes.writeUInt32LE(record.id, at + 4);
    }
    at += RECORD_BYTES;
  }
  return bytes;
}

const nothing: Buffer = Buffer.alloc(0);

/** Reads records from a stream, which may be cut anywhere. */
export class RecordReader {
  #rest: Buffer = nothing;

  /** The records that `bytes` completes. Bytes that are no record are skipped. */
  read(bytes: Uint8Array): WorkerRecord[] {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const view = Buffer.from(all.buffer, all.byteOffset, all.length);
    const records: WorkerRecord[] = [];
    let at = 0;
    for (; at + RECORD_BYTES <= view.length; at += RECORD_BYTES) {
      const record = decodeRecord(view, at);
      if (record !== undefined) records.push(record);
    }
    // A copy: the caller reads into the same memory again.
    this.#rest = at === view.length ? nothing : Buffer.from(view.subarray(at));
    return records;
  }
}

function decodeRecord(bytes: Buffer, at: number): WorkerRecord | undefined {
  const kind = bytes[at];
  const first = bytes.readUInt32LE(at + 4);
  if (kind === ADOPTED) return { kind: "adopted", id: first };
  if (kind === NOT_TAKEN) return { kind: "not-taken", id: first };
  if (kind !== REPORT) return undefined;
  return { kind: "report", adoptedTotal: first, open: bytes.readUInt32LE(at + 8) };
}
