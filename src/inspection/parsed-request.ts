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
      get headers() {
        return head.headers;
      },
      get remoteAddress() {
        return peer.remoteAddress;
      },
      remotePort: peer.remotePort,
      rawHead: head.rawHead,
    };
  }
  if (inspection.kind === "tls") {
    const { serverName, alpn } = inspection;
    return { protocol: "tls", headers: noHeaders, rawHead: "", serverName, alpn, ...peer };
  }
  return { protocol: "unknown", headers: noHeaders, rawHead: "", ...peer };
}
