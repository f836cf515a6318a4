import { Socket } from "node:net";
import type { Inspection } from "../inspection/inspect.ts";
import type { Peer } from "../inspection/parsed-request.ts";
import { formatAddress } from "../internal/format-address.ts";
import type { AcceptedSocket } from "./descriptor-listener.ts";
import type { Dispatch } from "./dispatcher.ts";
import type { HeldSocket } from "./handoff-channel.ts";
import type { InspectedClient } from "./head-inspector.ts";
import type { TransportWorker } from "./transport.ts";

/** What a client has in common with all others of its transport. */
export interface ClientOwner {
  /** Workers that can take nothing now. */
  readonly resting: ReadonlySet<TransportWorker>;
  give(client: Client, worker: TransportWorker | undefined): void;
}

/**
 * A client from `accept` until a worker has its socket: what was accepted, what is waited for, what needs a
 * worker and what is handed over, all in one object, because it is the only one made for a connection.
 */
export class Client implements InspectedClient, HeldSocket, Peer, Dispatch {
  readonly descriptor: number;
  readonly address: Uint8Array;
  readonly remotePort: number;
  readonly acceptedAt: number;
  readonly #owner: ClientOwner;
  waitedMs = 0;
  /** Once it is known. */
  inspection: Inspection = { kind: "unknown" };

  constructor(
    owner: ClientOwner,
    { descriptor, address, port }: AcceptedSocket,
    acceptedAt: number,
  ) {
    this.#owner = owner;
    this.descriptor = descriptor;
    this.address = address;
    this.remotePort = port;
    this.acceptedAt = acceptedAt;
  }

  get peer(): Peer {
    return this;
  }

  get remoteAddress(): string | undefined {
    return formatAddress(this.address);
  }

  /** Tells balancers the client's address; it is connected to nothing. */
  get socket(): Socket {
    const remoteFamily = this.address.length === 4 ? "IPv4" : "IPv6";
    // A balancer that writes to it all the same must not end the primary.
    const socket = new Socket().on("error", () => {});
    return Object.defineProperties(socket, {
      remoteAddress: { value: this.remoteAddress },
      remotePort: { value: this.remotePort },
      remoteFamily: { value: remoteFamily },
    });
  }

  get tried(): ReadonlySet<TransportWorker> {
    return this.#owner.resting;
  }

  onWorker(worker: TransportWorker | undefined): void {
    this.#owner.give(this, worker);
  }

  /** The connection as a stream, for what the primary itself says to a client. It owns the descriptor. */
  toStream(): Socket {
    const socket = new Socket({ fd: this.descriptor, allowHalfOpen: true });
    socket.on("error", () => socket.destroy());
    return socket;
  }
}
