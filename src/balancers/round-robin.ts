import {
  byLoadOnly,
  required,
  type BackendCandidate,
  type LoadBalancerContext,
} from "./balancer.ts";

/** Each worker in turn. */
export const roundRobinLoadBalancer: (context: LoadBalancerContext) => BackendCandidate =
  byLoadOnly(({ candidates, previousIndex }) =>
    required(candidates[previousIndex % candidates.length]),
  );

/** What `startServer` uses unless told otherwise: {@link roundRobinLoadBalancer}. */
export const defaultLoadBalancer: typeof roundRobinLoadBalancer = roundRobinLoadBalancer;
