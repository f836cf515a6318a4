import {
  byLoadOnly,
  required,
  type BackendCandidate,
  type LoadBalancerContext,
  type LoadBalancerFunction,
} from "./balancer.ts";
import { connectionLoad } from "./least-connections.ts";

/**
 * The less loaded of two workers drawn at random: nearly as even as looking at all of them, and
 * without the herd that follows stale counts.
 * Source: Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing" (2001).
 */
export const powerOfTwoLoadBalancer: LoadBalancerFunction = byLoadOnly((context) =>
  pickOfTwo(context, Math.random),
);

export function pickOfTwo(
  { candidates }: LoadBalancerContext,
  random: () => number,
): BackendCandidate {
  const first = Math.floor(random() * candidates.length);
  // Drawn from the others: the same one twice would be no choice.
  const second = (first + 1 + Math.floor(random() * (candidates.length - 1))) % candidates.length;
  const a = required(candidates[first]);
  const b = required(candidates[second]);
  return connectionLoad(b) < connectionLoad(a) ? b : a;
}
