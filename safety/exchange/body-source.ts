import type { HttpResponse } from "../uws-types.ts";

/** Same meaning as the handler of `onData`: a chunk is valid only during the call. */
export type ChunkHandler = (chunk: ArrayBuffer, isLast: boolean) => void;

/** What is kept for a handler that has not asked yet, in bytes, before reading pauses. */
const HIGH_WATER_BYTES = 64 * 1024;

export interface BodySourceOptions {
  /** Hand chunks on from a later turn of the event loop, never while µWS is parsing. */
  readonly deferred: boolean;
  /** Called with every chunk that arrives. */
  readonly onProgress: () => void;
  /** A chunk handler threw. */
  readonly onThrow: (error: unknown) => void;
}

/**
 * The body of a request, received from the first tick on, for whoever asks for it later.
 *
 * µWS drops what nobody listens to, so this listens at once, keeps a little, and pauses the socket.
 */
export class BodySource {
  readonly #raw: HttpResponse;
  readonly #options: BodySourceOptions;
  #kept: ArrayBuffer[] = [];
  #keptBytes = 0;
  #received = 0;
  #complete = false;
  #paused = false;
  #scheduled = false;
  #stopped = false;
  #taken = false;
  #consumer: ChunkHandler | undefined;

  /** Must be called while the route handler is still running: later the first bytes are lost. */
  constructor(raw: HttpResponse, options: BodySourceOptions) {
    this.#raw = raw;
    this.#options = options;
    raw.onData((chunk, isLast) => this.#receive(chunk, isLast));
  }

  /** All bytes have arrived, though perhaps nobody has taken them yet. */
  get complete(): boolean {
    return this.#complete;
  }

  get receivedBytes(): number {
    return this.#received;
  }

  /** Somebody has asked for the body. */
  get taken(): boolean {
    return this.#taken;
  }

  /** From now on chunks go to `consumer`, what was kept first. */
  consume(consumer: ChunkHandler): void {
    this.#taken = true;
    this.#consumer = consumer;
    if (this.#keptBytes > 0 || this.#complete) this.#flush();
    this.resume();
  }

  /** Whoever took the body has seen enough. What still comes is kept, up to the high-water mark. */
  release(): void {
    this.#consumer = undefined;
  }

  /** The consumer cannot take more for now. */
  pause(): void {
    if (this.#paused || this.#complete || this.#stopped) return;
    this.#paused = true;
    this.#raw.pause();
  }

  /** Must be called before the response is ended: a paused socket would never read again. */
  resume(): void {
    if (!this.#paused || this.#stopped) return;
    this.#paused = false;
    this.#raw.resume();
  }

  /** Forgets everything; chunks that still come are dropped. */
  stop(): void {
    this.#stopped = true;
    this.#kept = [];
    this.#keptBytes = 0;
    this.#consumer = undefined;
  }

  #receive(chunk: ArrayBuffer, isLast: boolean): void {
    if (this.#stopped) return;
    this.#received += chunk.byteLength;
    if (isLast) this.#complete = true;
    this.#options.onProgress();
    if (this.#consumer !== undefined && !this.#options.deferred && this.#kept.length === 0) {
      this.#deliver(chunk, isLast);
      return;
    }
    // µWS takes the memory back when this callback returns.
    if (chunk.byteLength > 0) this.#kept.push(chunk.slice(0));
    this.#keptBytes += chunk.byteLength;
    if (this.#consumer !== undefined) this.#schedule();
    else if (this.#keptBytes >= HIGH_WATER_BYTES) this.pause();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#stopped) this.#flush();
    });
  }

  #flush(): void {
    const chunks = this.#kept;
    this.#kept = [];
    this.#keptBytes = 0;
    const last = chunks.pop();
    for (const chunk of chunks) this.#deliver(chunk, false);
    if (last !== undefined) this.#deliver(last, this.#complete);
    else if (this.#complete) this.#deliver(new ArrayBuffer(0), true);
  }

  #deliver(chunk: ArrayBuffer, isLast: boolean): void {
    const consumer = this.#consumer;
    if (isLast) this.#consumer = undefined;
    try {
      consumer?.(chunk, isLast);
    } catch (error) {
      this.#options.onThrow(error);
    }
  }
}
