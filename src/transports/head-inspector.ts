import { constants } from "node:os";
import { inspect, type InspectionLimits } from "../inspection/inspect.ts";
import type { Syscalls } from "../native/syscalls.ts";
import type { Outcome } from "./outcome.ts";

const { EAGAIN } = constants.errno;

/** A client whose first bytes are looked at. */
export interface InspectedClient {
  readonly descriptor: number;
  /** `performance.now()` */
  readonly acceptedAt: number;
}

export interface HeadInspectorOptions extends InspectionLimits {
  readonly headersTimeoutMs: number;
  /** Clients waited for at a time; over it the one that has had most time is given up. */
  readonly maxWaiting: number;
}

interface Waiting<Client> {
  readonly client: Client;
  scannedBytes: number;
  /** Nothing came yet. */
  silent: boolean;
  /** It is in the middle of an HTTP/1 head. */
  spoke: boolean;
}

/**
 * Looks at the first bytes of each client without taking them out of the socket, and waits for the rest where
 * they are not enough: one table entry and nothing else for a client that says nothing, no work until it does.
 */
export class HeadInspector<Client extends InspectedClient> {
  readonly #syscalls: Syscalls;
  readonly #options: HeadInspectorOptions;
  readonly #onOutcome: (client: Client, outcome: Outcome) => void;
  readonly #buffer: Buffer;
  readonly #epoll: number;
  readonly #stopPolling: () => void;
  /** By descriptor; all wait equally long, so the order is that of their deadlines. */
  readonly #waiting = new Map<number, Waiting<Client>>();
  #deadline: NodeJS.Timeout | undefined;

  constructor(
    syscalls: Syscalls,
    options: HeadInspectorOptions,
    onOutcome: (client: Client, outcome: Outcome) => void,
  ) {
    this.#syscalls = syscalls;
    this.#options = options;
    this.#onOutcome = onOutcome;
    this.#buffer = Buffer.allocUnsafeSlow(options.maxHeaderBytes);
    this.#epoll = syscalls.createEpoll();
    if (this.#epoll < 0) throw new Error(`Cannot create an epoll instance (errno ${-this.#epoll})`);
    this.#stopPolling = syscalls.poll(this.#epoll, () => this.#onArrivals());
  }

  /** Clients whose bytes are waited for. */
  get size(): number {
    return this.#waiting.size;
  }

  inspect(client: Client): void {
    const waiting: Waiting<Client> = { client, scannedBytes: 0, silent: true, spoke: false };
    const outcome = this.#look(waiting);
    if (outcome !== undefined) return this.#onOutcome(client, outcome);
    const watched = this.#syscalls.watchArrivals(this.#epoll, client.descriptor);
    if (watched < 0) return this.#onOutcome(client, { gone: true });
    this.#waiting.set(client.descriptor, waiting);
    this.#setDeadline();
    if (this.#waiting.size > this.#options.maxWaiting) this.#giveUpOldest();
  }

  /** Gives up clients that have not said anything. */
  giveUpSilent(): void {
    for (const waiting of this.#waiting.values()) {
      if (waiting.silent) this.#finish(waiting, { gone: true });
    }
  }

  /** Ends every wait as if its time were over. */
  expireAll(): void {
    for (const waiting of this.#waiting.values()) this.#expireOne(waiting);
  }

  /** Gives up everyone. */
  close(): void {
    for (const waiting of this.#waiting.values()) this.#finish(waiting, { gone: true });
    clearTimeout(this.#deadline);
    this.#stopPolling();
    this.#syscalls.close(this.#epoll);
  }

  #look(waiting: Waiting<Client>): Outcome | undefined {
    const bytes = this.#syscalls.peek(waiting.client.descriptor, this.#buffer);
    if (bytes === -EAGAIN) return undefined;
    if (bytes <= 0) return { gone: true };
    const seen = this.#buffer.subarray(0, bytes);
    const inspection = inspect(seen, this.#options, waiting.scannedBytes);
    if (inspection.kind !== "incomplete") return { inspection };
    waiting.scannedBytes = inspection.scannedBytes;
    waiting.silent = false;
    waiting.spoke = inspection.protocol === "http1";
    return undefined;
  }

  #onArrivals(): void {
    for (const { socket, ended } of this.#syscalls.arrivals(this.#epoll)) {
      const waiting = this.#waiting.get(socket);
      if (waiting === undefined) continue;
      const outcome = this.#look(waiting) ?? (ended ? { gone: true as const } : undefined);
      if (outcome !== undefined) this.#finish(waiting, outcome);
    }
  }

  #finish(waiting: Waiting<Client>, outcome: Outcome): void {
    const { client } = waiting;
    this.#waiting.delete(client.descriptor);
    // By hand: the kernel would watch on as long as any process has the socket open.
    this.#syscalls.unwatch(this.#epoll, client.descriptor);
    this.#onOutcome(client, outcome);
  }

  #giveUpOldest(): void {
    const [oldest] = this.#waiting.values();
    if (oldest !== undefined) this.#finish(oldest, { gone: true });
  }

  #setDeadline(): void {
    const [oldest] = this.#waiting.values();
    if (this.#deadline !== undefined || oldest === undefined) return;
    const dueAt = oldest.client.acceptedAt + this.#options.headersTimeoutMs;
    this.#deadline = setTimeout(() => this.#expire(), Math.max(dueAt - performance.now(), 1));
  }

  #expire(): void {
    this.#deadline = undefined;
    const acceptedBefore = performance.now() - this.#options.headersTimeoutMs;
    for (const waiting of this.#waiting.values()) {
      if (waiting.client.acceptedAt > acceptedBefore) break;
      this.#expireOne(waiting);
    }
    this.#setDeadline();
  }

  #expireOne(waiting: Waiting<Client>): void {
    this.#finish(waiting, { expired: true, spoke: waiting.spoke });
  }
}
