/** Hands one batch on; `onSent` follows when it no longer takes memory, however that went. */
export type SendBatch = (batch: Uint8Array, onSent: () => void) => void;

/** More than this may not wait on the way to one receiver. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

/** Puts a bound on what waits for a receiver that does not keep up: the rest is dropped. */
export class BoundedSender {
  readonly #send: SendBatch;
  readonly #onOverflow: () => void;
  readonly #maxWaitingBytes: number;
  #waitingBytes = 0;
  #isOverflowing = false;
  #emptied: PromiseWithResolvers<void> | undefined;

  /** @param onOverflow Called when batches begin to be dropped; again only after all that waited has gone. */
  constructor(
    send: SendBatch,
    onOverflow: () => void,
    maxWaitingBytes: number = MAX_WAITING_BYTES,
  ) {
    this.#send = send;
    this.#onOverflow = onOverflow;
    this.#maxWaitingBytes = maxWaitingBytes;
  }

  /** @returns Whether the batch was taken. One that is larger than the bound passes when nothing else waits. */
  send(batch: Uint8Array): boolean {
    const bytes = batch.byteLength;
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes > this.#maxWaitingBytes) {
      if (!this.#isOverflowing) this.#onOverflow();
      this.#isOverflowing = true;
      return false;
    }
    this.#waitingBytes += bytes;
    this.#send(batch, () => {
      this.#waitingBytes -= bytes;
      if (this.#waitingBytes > 0) return;
      this.#isOverflowing = false;
      this.#emptied?.resolve();
      this.#emptied = undefined;
    });
    return true;
  }

  /** Resolves when nothing waits any more. */
  async whenEmpty(): Promise<void> {
    if (this.#waitingBytes === 0) return;
    this.#emptied ??= Promise.withResolvers<void>();
    await this.#emptied.promise;
  }
}
