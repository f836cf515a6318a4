import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { AppAdapter, GoingAwayCode } from "./app-adapter.ts";

type Traffic = Pick<
  AppAdapter,
  "connections" | "requests" | "requestsTotal" | "webSockets" | "startDraining" | "closeWebSockets"
>;

/** What goes on in servers of Node's own: open sockets, those that were upgraded, requests being answered. */
export class HttpTraffic implements Traffic {
  readonly #sockets = new Set<Socket>();
  readonly #upgraded = new Set<Socket>();
  readonly #responses = new Set<ServerResponse>();
  #requestsTotal = 0;
  #isDraining = false;

  addSocket(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#upgraded.delete(socket);
    });
  }

  /** From here on the socket speaks another protocol: taken for WebSocket. */
  addUpgrade(socket: Socket): void {
    this.#upgraded.add(socket);
  }

  addResponse(response: ServerResponse): void {
    this.#requestsTotal++;
    this.#responses.add(response);
    response.once("close", () => this.#responses.delete(response));
    if (this.#isDraining) closeAfter(response);
  }

  connections(): number {
    return this.#sockets.size;
  }

  requests(): number {
    return this.#responses.size;
  }

  requestsTotal(): number {
    return this.#requestsTotal;
  }

  webSockets(): number {
    return this.#upgraded.size;
  }

  startDraining(): void {
    this.#isDraining = true;
    for (const response of this.#responses) closeAfter(response);
  }

  closeWebSockets(code: GoingAwayCode, count: number): void {
    let left = count;
    for (const socket of this.#upgraded) {
      if (left-- <= 0) return;
      this.#upgraded.delete(socket);
      socket.end(closeFrame(code));
    }
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

function closeAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader("Connection", "close");
}

/** An unmasked WebSocket close frame (RFC 6455, 5.5.1). */
function closeFrame(code: GoingAwayCode): Buffer {
  return Buffer.from([0x88, 2, code >> 8, code & 0xff]);
}
