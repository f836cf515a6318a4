/** Questions for a number of subscribers that are still to be answered. */
export class PendingCounts {
  readonly #pending = new Map<number, (count: number) => void>();
  #lastId = 0;

  /** Asks with an id of its own; what is not answered in time counts as nobody. */
  async ask(send: (id: number) => void, timeoutMs: number): Promise<number> {
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<number>();
    const timer = setTimeout(() => resolve(0), timeoutMs);
    this.#pending.set(id, resolve);
    send(id);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#pending.delete(id);
    }
  }

  settle(id: number, count: number): void {
    this.#pending.get(id)?.(count);
  }

  /** Who was asked will not answer any more. */
  giveUp(): void {
    for (const settle of this.#pending.values()) settle(0);
  }
}
