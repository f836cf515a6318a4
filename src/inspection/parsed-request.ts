import type { Inspection } from "./inspect.ts";
import type { ParsedRequest } from "./request-head.ts";

export interface Peer {
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
}

const noHeaders: Readonly<Record<string, string>> = Object.freeze(Object.create(null));

/** What a balancer is told, from what was inspected and who the client is. */
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
