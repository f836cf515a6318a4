/** Deliveries in the order in which they were asked for, although some must wait for something. */
export class Lane {
  #tail: Promise<void> | undefined;
  #waitingBytes = 0;

  /** Resolves when everything so far has been delivered; `undefined` when nothing waits. */
  get tail(): Promise<void> | undefined {
    return this.#tail;
  }

  /** Size of the messages that wait. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** @param ready Must not reject. */
  push<T>(bytes: number, ready: Promise<T>, deliver: (value: T) => void): void {
    this.#waitingBytes += bytes;
    const turn = this.#wait(this.#tail, ready, (value) => {
      this.#waitingBytes -= bytes;
      if (this.#tail === turn) this.#tail = undefined;
      deliver(value);
    });
    this.#tail = turn;
  }

  async #wait<T>(
    before: Promise<void> | undefined,
    ready: Promise<T>,
    deliver: (value: T) => void,
  ): Promise<void> {
    await before;
    deliver(await ready);
  }
}
