import { Socket } from "node:net";
import type { ParsedRequest } from "../inspection/request-head.ts";
import type { Peer } from "../inspection/parsed-request.ts";
import { toAddressText } from "../internal/ip-address.ts";
import type { AcceptedSocket } from "./descriptor-listener.ts";
import type { HeldSocket } from "./handoff-channel.ts";
import type { InspectedClient } from "./head-inspector.ts";

/** A client from `accept` until a worker has its socket. */
export class Client implements HeldSocket, InspectedClient, Peer {
  readonly descriptor: number;
  readonly address: Uint8Array;
  readonly remotePort: number;
  readonly acceptedAt: number;
  /** Once it was inspected: what the balancer is told. */
  request: ParsedRequest | undefined;
  /** Whether its worker cannot serve the head as it is. */
  needsTranslation = false;

  constructor({ descriptor, address, port }: AcceptedSocket, acceptedAt: number) {
    this.descriptor = descriptor;
    this.address = address;
    this.remotePort = port;
    this.acceptedAt = acceptedAt;
  }

  get remoteAddress(): string {
    return toAddressText(this.address);
  }

  /** The connection as a stream, for what the primary itself says to a client. It owns the descriptor. */
  toSocket(): Socket {
    const socket = new Socket({ fd: this.descriptor, allowHalfOpen: true });
    socket.on("error", () => socket.destroy());
    return socket;
  }

  /** For balancers that ask a socket for the client's address: this one is connected to nothing. */
  toAddressOnlySocket(): Socket {
    const remoteFamily = this.address.length === 4 ? "IPv4" : "IPv6";
    const { remoteAddress, remotePort } = this;
    return Object.defineProperties(new Socket(), {
      remoteAddress: { value: remoteAddress },
      remotePort: { value: remotePort },
      remoteFamily: { value: remoteFamily },
    });
  }
}
