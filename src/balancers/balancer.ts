import type { Socket } from "node:net";
import type { ParsedRequest } from "../inspection/parsed-request.ts";
import type { WorkerRuntimeStats } from "../telemetry/worker-stats.ts";

/** One worker, as a balancer sees it. */
export interface BackendCandidate {
  /** `"worker-0"`; stays the same when the process is replaced. */
  readonly id: string;
  readonly workerIndex: number;
  /** The worker's own address; the public one where it has none of its own. */
  readonly host: string;
  readonly port: number;
  readonly pid?: number | undefined;
  /** Ready, and neither hung nor stale. */
  readonly healthy: boolean;
  readonly ready: boolean;
  /** `Date.now()` of the last stats. */
  readonly lastHeartbeatAt?: number | undefined;
  /** Open client connections that this worker holds, whatever the transport, WebSockets included. */
  readonly activeProxyConnections: number;
  readonly stats?: WorkerRuntimeStats | undefined;
  /** Part of a full share that a worker just started should get, above 0; 1 once `slowStartMs` is over. */
  readonly weight?: number | undefined;
}

export interface LoadBalancerContext {
  /** Never empty; in order of `workerIndex`. */
  readonly candidates: readonly BackendCandidate[];
  /** The first request of the connection. */
  readonly request: ParsedRequest;
  /** The client's connection. Reading from it, writing to it or closing it breaks the connection. */
  readonly socket: Socket;
  /** Connections balanced so far: one more at every call. */
  readonly previousIndex: number;
}

/**
 * Chooses the worker of a connection, from `context.candidates`.
 *
 * One that throws, rejects, takes longer than 1 s or returns something else costs a log line and a
 * counter; the connection then goes by round robin.
 *
 * @example
 * const toFirst: LoadBalancerFunction = ({ candidates }) => candidates[0]!;
 */
export type LoadBalancerFunction = (
  context: LoadBalancerContext,
) => BackendCandidate | Promise<BackendCandidate>;

const loadOnly = new WeakSet<LoadBalancerFunction>();

/** Says that a balancer looks at candidates only: then nobody has to parse headers for it. */
export function byLoadOnly<Balancer extends LoadBalancerFunction>(balancer: Balancer): Balancer {
  loadOnly.add(balancer);
  return balancer;
}

export function looksAtRequest(balancer: LoadBalancerFunction): boolean {
  return !loadOnly.has(balancer);
}

/** The candidate with the lowest load; of equal ones the next in turn, so that ties are shared out. */
export function lowest(
  { candidates, previousIndex }: LoadBalancerContext,
  loadOf: (candidate: BackendCandidate) => number,
): BackendCandidate {
  let best: BackendCandidate | undefined;
  let bestLoad = Infinity;
  for (let offset = 0; offset < candidates.length; offset++) {
    const candidate = candidates[(previousIndex + offset) % candidates.length];
    if (candidate === undefined) continue;
    const load = loadOf(candidate);
    if (best === undefined || load < bestLoad) {
      best = candidate;
      bestLoad = load;
    }
  }
  return required(best);
}

/** A balancer is never called without candidates by the runtime; a caller's empty list is named. */
export function required(candidate: BackendCandidate | undefined): BackendCandidate {
  if (candidate === undefined) throw new RangeError("Expected at least one candidate, got none");
  return candidate;
}
