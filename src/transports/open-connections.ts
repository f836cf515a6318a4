import { once, EventEmitter } from "node:events";
import type { Socket } from "node:net";

/** The client connections that the primary holds, and which of them are not with a worker yet. */
export class OpenConnections {
  readonly #sockets = new Set<Socket>();
  readonly #pending = new Set<Socket>();
  readonly #events = new EventEmitter();

  get size(): number {
    return this.#sockets.size;
  }

  /** A new one: on its way to a worker until {@link arrived} or closed. */
  add(socket: Socket): void {
    this.#sockets.add(socket);
    this.#pending.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.arrived(socket);
    });
  }

  /** A worker has it. */
  arrived(socket: Socket): void {
    this.#pending.delete(socket);
    if (this.#pending.size === 0) this.#events.emit("settled");
  }

  /**
   * Closes those that have not said anything, and waits until the others are with a worker or closed.
   *
   * @param signal Ends the wait.
   */
  async settle(signal: AbortSignal): Promise<void> {
    for (const socket of this.#pending) if (socket.bytesRead === 0) socket.destroy();
    if (this.#pending.size === 0) return;
    await once(this.#events, "settled", { signal }).catch(() => {}); // Too late for the rest.
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
