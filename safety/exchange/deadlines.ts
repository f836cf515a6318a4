/** Something that has to be done before its time is up. */
export interface DeadlineEntry {
  /** When, on the clock of `performance.now()`; set by the queue. */
  dueMs: number;
  previous: DeadlineEntry | undefined;
  next: DeadlineEntry | undefined;
  onDeadline(): void;
}

/**
 * Deadlines that all lie equally far ahead, so that the order of arrival is the order of expiry: adding and
 * removing cost a few assignments, and one timer serves them all.
 */
export class Deadlines {
  readonly timeoutMs: number;
  #first: DeadlineEntry | undefined;
  #last: DeadlineEntry | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(timeoutMs: number) {
    this.timeoutMs = timeoutMs;
  }

  add(entry: DeadlineEntry): void {
    entry.dueMs = performance.now() + this.timeoutMs;
    entry.previous = this.#last;
    if (this.#last === undefined) this.#first = entry;
    else this.#last.next = entry;
    this.#last = entry;
    // A timer that runs already is left alone: at worst it finds nothing due and is set anew.
    if (this.#timer === undefined) this.#wake(this.timeoutMs);
  }

  /** Removing what is not there does nothing. */
  remove(entry: DeadlineEntry): void {
    const { previous, next } = entry;
    if (previous === undefined && this.#first !== entry) return;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    entry.previous = undefined;
    entry.next = undefined;
  }

  #expire(): void {
    this.#timer = undefined;
    // Timers may fire a moment early, and never exactly on time.
    const now = performance.now() + 1;
    while (this.#first !== undefined && this.#first.dueMs <= now) {
      const entry = this.#first;
      this.remove(entry);
      entry.onDeadline();
    }
    // An entry that was added just now may have started the timer already.
    if (this.#first !== undefined && this.#timer === undefined) {
      this.#wake(this.#first.dueMs - now + 1);
    }
  }

  #wake(delayMs: number): void {
    this.#timer = setTimeout(() => this.#expire(), delayMs).unref();
  }
}
