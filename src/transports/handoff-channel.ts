import { constants } from "node:os";
import { MAX_DESCRIPTORS, type Syscalls } from "../native/syscalls.ts";
import { encodeEntries, RecordReader, type WorkerRecord } from "../messages/handoff-frames.ts";

const { EAGAIN, ENOBUFS, ENOMEM } = constants.errno;

/** Too many descriptors under way for this user. Node has no name for it. */
const ETOOMANYREFS = 109;

/** The kernel has no room for a message now: the other side's queue is full, or memory or a limit is. */
const noRoom: ReadonlySet<number> = new Set([-EAGAIN, -ENOBUFS, -ENOMEM, -ETOOMANYREFS]);

/**
 * Sockets that one worker may have and not have answered for. It bounds the descriptors under way, of which a user may
 * have as many as one process may open, and what has to be looked through when the worker dies.
 */
const MAX_HELD = 512;

/** Answers of more than a thousand sockets: a worker that says more in one turn must not keep the primary busy. */
const READS_PER_TURN = 8;

/** How soon to try again when the kernel had no room and no answer comes that would make some. */
const RETRY_MS = 10;

/** A client's socket while the primary holds it. */
export interface HeldSocket {
  readonly descriptor: number;
  /** The peer's 4 or 16 address bytes. */
  readonly address: Uint8Array;
}

export interface HandoffChannelEvents<Held extends HeldSocket> {
  /** The worker has it; the primary's copy is closed. */
  onAdopted(held: Held): void;
  /** The worker could not take it: the caller's again. */
  onNotTaken(held: Held): void;
  /** Nothing can be sent to this worker any more. */
  onBroken(): void;
}

/** The primary's side of the hand-off to one worker. */
export class HandoffChannel<Held extends HeldSocket> {
  readonly #syscalls: Syscalls;
  readonly #descriptor: number;
  readonly #events: HandoffChannelEvents<Held>;
  readonly #stopPolling: () => void;
  readonly #reader = new RecordReader();
  readonly #readBuffer = Buffer.alloc(8192);
  #waiting: Held[] = [];
  readonly #unanswered = new Map<number, Held>();
  #nextId = 0;
  #flushing = false;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;
  /** Sockets that the worker has adopted, and what it last said of them. */
  #adoptedTotal = 0;
  #reported = { adoptedTotal: 0, open: 0 };

  /** @param descriptor The primary's end. Belongs to the channel from here on. */
  constructor(syscalls: Syscalls, descriptor: number, events: HandoffChannelEvents<Held>) {
    this.#syscalls = syscalls;
    this.#descriptor = descriptor;
    this.#events = events;
    this.#stopPolling = syscalls.poll(descriptor, () => this.#readAnswers(), { keepAlive: false });
  }

  /**
   * Connections of this worker: on their way to it, adopted since its last report, or open by that report.
   * So a burst within one batch shows at once.
   */
  get connections(): number {
    const sinceReport = (this.#adoptedTotal - this.#reported.adoptedTotal) >>> 0;
    return this.held + sinceReport + this.#reported.open;
  }

  /** Sockets of which the primary still has its copy. */
  get held(): number {
    return this.#waiting.length + this.#unanswered.size;
  }

  /** Whether the worker has to answer before it may get more. */
  get isFull(): boolean {
    return this.held >= MAX_HELD;
  }

  /** Whether one that was full should get more: well below the limit, so that it does not change at every answer. */
  get hasRoomAgain(): boolean {
    return this.held <= MAX_HELD / 2;
  }

  /** Sends a socket, with all others of this turn in one message. */
  hand(held: Held): void {
    this.#waiting.push(held);
    if (this.#flushing) return;
    this.#flushing = true;
    process.nextTick(this.#flushAll);
  }

  /**
   * To be called once the worker has exited: reads its last answers, then closes the channel.
   *
   * @returns `orphans`: sockets that nobody else has and whose bytes nobody has read, the caller's again.
   *   `lost`: how many others it was not to answer for any more; they are closed.
   */
  close(): { readonly orphans: readonly Held[]; readonly lost: number } {
    if (this.#closed) return { orphans: [], lost: 0 };
    this.#closed = true;
    this.#readAnswers();
    clearTimeout(this.#retry);
    this.#stopPolling();
    this.#syscalls.close(this.#descriptor);
    const orphans = this.#waiting.splice(0);
    let lost = 0;
    for (const held of this.#unanswered.values()) {
      if (this.#syscalls.isUnread(held.descriptor)) {
        orphans.push(held);
      } else {
        this.#syscalls.close(held.descriptor);
        lost++;
      }
    }
    this.#unanswered.clear();
    return { orphans, lost };
  }

  readonly #flushAll = (): void => {
    this.#flushing = false;
    this.#flush();
  };

  #flush(): void {
    while (this.#waiting.length > 0 && !this.#closed) {
      const batch = this.#waiting.slice(0, MAX_DESCRIPTORS);
      const sent = this.#sendBatch(batch);
      if (noRoom.has(sent)) return this.#retryLater();
      if (sent < 0) return this.#break();
      this.#waiting.splice(0, batch.length);
    }
  }

  /** Each answer makes room and tries again; this is for where none is to come. */
  #retryLater(): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      this.#flush();
    }, RETRY_MS).unref();
  }

  #break(): void {
    this.#stopPolling();
    if (!this.#closed) this.#events.onBroken();
  }

  #sendBatch(batch: readonly Held[]): number {
    const bytes = encodeEntries(this.#nextId, batch);
    const descriptors = batch.map((held) => held.descriptor);
    const sent = this.#syscalls.sendDescriptors(this.#descriptor, bytes, descriptors);
    if (sent < 0) return sent;
    for (const held of batch) {
      this.#unanswered.set(this.#nextId, held);
      this.#nextId = (this.#nextId + 1) >>> 0;
    }
    return sent;
  }

  /** All that there is, also what a worker said last before it died. */
  #readAnswers(): void {
    // The next turn reads on; after the exit there is none, and the bytes have an end.
    for (let reads = 0; reads < READS_PER_TURN || this.#closed; reads++) {
      const bytes = this.#syscalls.receive(this.#descriptor, this.#readBuffer);
      if (bytes === -EAGAIN) break;
      if (bytes <= 0) return this.#break();
      for (const record of this.#reader.read(this.#readBuffer.subarray(0, bytes))) {
        this.#onRecord(record);
      }
      if (bytes < this.#readBuffer.length) break; // That was all.
    }
    this.#flush();
  }

  #onRecord(record: WorkerRecord): void {
    if (record.kind === "report") {
      this.#reported = record;
      return;
    }
    const held = this.#unanswered.get(record.id);
    if (held === undefined) return;
    this.#unanswered.delete(record.id);
    if (record.kind === "not-taken") {
      this.#events.onNotTaken(held);
      return;
    }
    this.#adoptedTotal = (this.#adoptedTotal + 1) >>> 0;
    this.#syscalls.close(held.descriptor);
    this.#events.onAdopted(held);
  }
}
