/** Something that has to be done before its time is up. */
export interface DeadlineEntry {
  /** In which slice of time it was added; set by the queue. */
  slice: number;
  previous: DeadlineEntry | undefined;
  next: DeadlineEntry | undefined;
  onDeadline(): void;
}

/** How many times within one timeout the queue looks for entries that are due. */
const SLICES = 10;

/**
 * Deadlines that all lie equally far ahead, so that the order of arrival is the order of expiry: adding and
 * removing cost a few assignments and no look at the clock, and one timer serves them all. The price is that an
 * entry may get up to a tenth more time than it was promised.
 */
export class Deadlines {
  readonly timeoutMs: number;
  readonly #sliceMs: number;
  #slice = 0;
  #first: DeadlineEntry | undefined;
  #last: DeadlineEntry | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(timeoutMs: number) {
    this.timeoutMs = timeoutMs;
    this.#sliceMs = Math.max(1, Math.ceil(timeoutMs / SLICES));
  }

  add(entry: DeadlineEntry): void {
    entry.slice = this.#slice;
    const last = this.#last;
    entry.previous = last;
    if (last === undefined) this.#first = entry;
    else last.next = entry;
    this.#last = entry;
    this.#timer ??= setInterval(() => this.#turn(), this.#sliceMs).unref();
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

  #turn(): void {
    this.#slice++;
    // An entry was added somewhere within its slice, so its time is up one slice later than it may seem.
    const due = this.#slice - 1 - Math.ceil(this.timeoutMs / this.#sliceMs);
    while (this.#first !== undefined && this.#first.slice <= due) {
      const entry = this.#first;
      this.remove(entry);
      entry.onDeadline();
    }
    if (this.#first !== undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
