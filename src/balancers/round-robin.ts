import { required, type BackendCandidate, type LoadBalancerContext } from "./balancer.ts";

/** Each worker in turn. */
export function roundRobinLoadBalancer({
  candidates,
  previousIndex,
}: LoadBalancerContext): BackendCandidate {
  return required(candidates[previousIndex % candidates.length]);
}

/** What `startServer` uses unless told otherwise: {@link roundRobinLoadBalancer}. */
export const defaultLoadBalancer: typeof roundRobinLoadBalancer = roundRobinLoadBalancer;
