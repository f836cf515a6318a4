import { byLoadOnly, lowest, type BackendCandidate, type LoadBalancerContext } from "./balancer.ts";

/** The worker with the fewest open connections; right where connections live long or differ much. */
export const leastConnectionsLoadBalancer: (context: LoadBalancerContext) => BackendCandidate =
  byLoadOnly((context) => lowest(context, connectionLoad));

/** Connections it would have with this one, against the share it should take. */
export function connectionLoad({ activeProxyConnections, weight = 1 }: BackendCandidate): number {
  return (activeProxyConnections + 1) / weight;
}
