import { createServer } from "node:net";
import { constants } from "node:os";
import { connectionDescriptorLimit } from "../native/descriptor-limit.ts";
import { descriptorOf } from "../native/descriptor-of.ts";
import { readSocketAddress, SOCKET_ADDRESS_BYTES } from "../native/memory-layout.ts";
import type { Syscalls } from "../native/syscalls.ts";
import { listenTcp } from "../internal/listen-tcp.ts";
import { untilQuiet } from "../internal/until-quiet.ts";

const { EAGAIN, EBADF, EMFILE, ENFILE, ENOBUFS, ENOMEM } = constants.errno;

/** No descriptor or memory for another connection, which stays in the queue. */
const exhaustion: ReadonlySet<number> = new Set([EMFILE, ENFILE, ENOBUFS, ENOMEM]);

/** Connections taken in one turn: those already taken must get on too. */
const ACCEPTS_PER_TURN = 128;

/** How long the kernel may hold back a connection without bytes: one round of the handshake's retries. */
const DEFER_SECONDS = 1;

/** How soon to try again when there is no descriptor or memory for another connection. */
const EXHAUSTED_PAUSE_MS = 50;

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  readonly backlog: number;
}

const noAddress = new Uint8Array(0);

/** A client as it was accepted. */
export interface AcceptedSocket {
  /** Non-blocking; the receiver closes it. */
  readonly descriptor: number;
  /** The peer's 4 or 16 address bytes. */
  readonly address: Uint8Array;
  readonly port: number;
}

/**
 * The public address as a bare descriptor: no object of Node's is made for a connection.
 *
 * Node binds, so that names, address families and errors are as everywhere else; then its server is closed
 * over a duplicate of the descriptor, before its event loop can accept anything.
 */
export class DescriptorListener {
  readonly #syscalls: Syscalls;
  readonly #onConnection: (accepted: AcceptedSocket) => void;
  readonly #onExhausted: (errno: number) => void;
  readonly #limit = connectionDescriptorLimit();
  readonly #peer = Buffer.from(new ArrayBuffer(SOCKET_ADDRESS_BYTES));
  #descriptor = -1;
  #accepted = 0;
  #stopPolling: () => void = () => {};
  #pause: NodeJS.Timeout | undefined;

  constructor(
    syscalls: Syscalls,
    onConnection: (accepted: AcceptedSocket) => void,
    /** The kernel has no room for another connection; called at every attempt. */
    onExhausted: (errno: number) => void,
  ) {
    this.#syscalls = syscalls;
    this.#onConnection = onConnection;
    this.#onExhausted = onExhausted;
  }

  /**
   * @returns The port.
   * @throws The error of `bind` or `listen`. Also where Node no longer shows the descriptor under a server.
   */
  async listen(address: ListenAddress): Promise<number> {
    const server = createServer();
    const port = await listenTcp(server, address);
    const original = descriptorOf(server);
    const descriptor = original === undefined ? -EBADF : this.#syscalls.duplicate(original);
    server.close();
    if (descriptor < 0)
      throw new Error(`Cannot take over the listening socket (errno ${-descriptor})`);
    this.#descriptor = descriptor;
    // Where the kernel does not know it, connections come before their first bytes, which is harmless.
    this.#syscalls.deferAccept(descriptor, DEFER_SECONDS);
    this.#startPolling();
    return port;
  }

  /** Closes once nothing comes any more. */
  async stop(): Promise<void> {
    if (this.#descriptor >= 0) await untilQuiet(() => this.#accepted);
    this.close();
  }

  close(): void {
    if (this.#descriptor < 0) return;
    clearTimeout(this.#pause);
    this.#stopPolling();
    this.#syscalls.close(this.#descriptor);
    this.#descriptor = -1;
  }

  #startPolling(): void {
    this.#stopPolling = this.#syscalls.poll(this.#descriptor, () => this.#acceptAll());
  }

  #acceptAll(): void {
    for (let i = 0; i < ACCEPTS_PER_TURN; i++) {
      const descriptor = this.#syscalls.accept(this.#descriptor, this.#peer);
      if (descriptor === -EAGAIN) return;
      if (exhaustion.has(-descriptor)) return this.#pauseFor(-descriptor);
      if (descriptor < 0) continue; // It broke in the queue; there may be others behind it.
      this.#take(descriptor);
      if (descriptor >= this.#limit) return this.#pauseFor(EMFILE);
    }
  }

  #take(descriptor: number): void {
    this.#accepted++;
    const peer = readSocketAddress(this.#peer);
    this.#onConnection({ descriptor, address: peer?.bytes ?? noAddress, port: peer?.port ?? 0 });
  }

  /** Polling would report the same connections again at once, and the loop would do nothing else. */
  #pauseFor(errno: number): void {
    this.#stopPolling();
    this.#pause = setTimeout(() => this.#startPolling(), EXHAUSTED_PAUSE_MS);
    this.#onExhausted(errno);
  }
}
