import type { Inspection } from "./inspect.ts";

/** What a balancer is told about a connection: as much as its first bytes and its socket say. */
export interface ParsedRequest {
  readonly protocol: "http1" | "tls" | "unknown";
  readonly method?: string | undefined;
  /** With the query. */
  readonly path?: string | undefined;
  readonly httpVersion?: string | undefined;
  readonly host?: string | undefined;
  /** Names in lower case. Empty unless the protocol is HTTP/1. */
  readonly headers: Readonly<Record<string, string>>;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  /** The head as it was sent, one character per byte; empty unless the protocol is HTTP/1. */
  readonly rawHead: string;
  /** The name a TLS client asks for (SNI). */
  readonly serverName?: string | undefined;
  /** The protocols a TLS client offers, in its order. */
  readonly alpn?: readonly string[] | undefined;
}

/** Who is at the other end of a connection. */
export interface Peer {
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
}

const noHeaders: Readonly<Record<string, string>> = Object.freeze(Object.create(null));

/** Puts together what was inspected and who the client is. */
export function toParsedRequest(inspection: Inspection, peer: Peer): ParsedRequest {
  if (inspection.kind === "http1") {
    const { head } = inspection;
    return {
      protocol: "http1",
      method: head.method,
      path: head.path,
      httpVersion: head.httpVersion,
      host: head.host,
      headers: head.headers,
      remoteAddress: peer.remoteAddress,
      remotePort: peer.remotePort,
      rawHead: head.rawHead,
    };
  }
  if (inspection.kind === "tls") {
    const { serverName, alpn } = inspection;
    return {
      protocol: "tls",
      headers: noHeaders,
      rawHead: "",
      serverName,
      alpn,
      ...addressOf(peer),
    };
  }
  return { protocol: "unknown", headers: noHeaders, rawHead: "", ...addressOf(peer) };
}

/** What implements `Peer` may have accessors, which a spread would leave out. */
const addressOf = ({ remoteAddress, remotePort }: Peer): Peer => ({ remoteAddress, remotePort });
