import { parseCookie } from "cookie";
import type { ParsedRequest } from "../inspection/parsed-request.ts";
import { required, type BackendCandidate, type LoadBalancerFunction } from "./balancer.ts";

/** What of the connection's first request is hashed. */
export type ConsistentHashKey =
  | "ip"
  | { readonly header: string }
  | { readonly cookie: string }
  | ((request: ParsedRequest) => string);

/**
 * Makes a balancer that keeps a key on its worker. When one worker of N is lost, only that worker's
 * keys move (rendezvous hashing). A connection without the header or cookie goes by its address.
 *
 * @throws {TypeError} When `key` is none of these.
 * @example
 * startServer(app, { loadBalancer: createConsistentHashLoadBalancer({ key: { cookie: "sid" } }) });
 */
export function createConsistentHashLoadBalancer({
  key,
}: {
  readonly key: ConsistentHashKey;
}): LoadBalancerFunction {
  const keyOf = keyReader(key);
  return ({ candidates, request }) => {
    const hashedKey = hash(keyOf(request));
    let best: BackendCandidate | undefined;
    let bestScore = -1;
    for (const candidate of candidates) {
      const score = mix(hashedKey ^ hash(candidate.id));
      if (score > bestScore) {
        best = candidate;
        bestScore = score;
      }
    }
    return required(best);
  };
}

function keyReader(key: ConsistentHashKey): (request: ParsedRequest) => string {
  const address = (request: ParsedRequest) => request.remoteAddress ?? "";
  if (key === "ip") return address;
  if (typeof key === "function") return (request) => String(key(request));
  if (typeof key === "object" && key !== null && "header" in key) {
    const name = key.header.toLowerCase();
    return (request) => request.headers[name] ?? address(request);
  }
  if (typeof key === "object" && key !== null && "cookie" in key) {
    return (request) =>
      parseCookie(request.headers["cookie"] ?? "")[key.cookie] ?? address(request);
  }
  throw new TypeError(
    `Expected key to be "ip", { header }, { cookie } or a function, got ${JSON.stringify(key)}`,
  );
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value;
}

/** Spreads every input bit over the whole result (the finaliser of MurmurHash3). */
function mix(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
