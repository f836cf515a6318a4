/** Larger batches gain nothing and delay the first message. */
const MAX_BATCH_BYTES = 256 * 1024;

/** Gathers the records of one turn of the event loop, so that a thousand of them cost one message. */
export class Batcher {
  readonly #flushTo: (batch: Uint8Array) => void;
  #records: Uint8Array[] = [];
  #bytes = 0;
  #timer: NodeJS.Immediate | undefined;

  constructor(flushTo: (batch: Uint8Array) => void) {
    this.#flushTo = flushTo;
  }

  add(record: Uint8Array): void {
    this.#records.push(record);
    this.#bytes += record.byteLength;
    if (this.#bytes >= MAX_BATCH_BYTES) this.flush();
    else this.#timer ??= setImmediate(() => this.flush());
  }

  flush(): void {
    clearImmediate(this.#timer);
    this.#timer = undefined;
    if (this.#records.length === 0) return;
    const [only] = this.#records;
    const batch =
      this.#records.length === 1 && only !== undefined
        ? only
        : Buffer.concat(this.#records, this.#bytes);
    this.#records = [];
    this.#bytes = 0;
    this.#flushTo(batch);
  }
}
