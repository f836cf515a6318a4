import {
  byLoadOnly,
  lowest,
  type BackendCandidate,
  type LoadBalancerFunction,
} from "./balancer.ts";

/** What one unit of each load counts. */
export interface ResourceAwareOptions {
  /**
   * Of one open connection.
   *
   * @default 10
   */
  readonly connectionWeight?: number | undefined;
  /**
   * Of one percent of a core.
   *
   * @default 2
   */
  readonly cpuWeight?: number | undefined;
  /**
   * Of a full heap (`heapUsed / heapTotal` = 1).
   *
   * @default 100
   */
  readonly heapWeight?: number | undefined;
}

/**
 * Makes a balancer that takes the worker with the lowest score: connections, CPU and heap, each
 * times its weight. A worker that has not reported yet scores by its connections alone.
 *
 * @example
 * startServer(app, { loadBalancer: createResourceAwareLoadBalancer({ connectionWeight: 0 }) });
 */
export function createResourceAwareLoadBalancer({
  connectionWeight = 10,
  cpuWeight = 2,
  heapWeight = 100,
}: ResourceAwareOptions = {}): LoadBalancerFunction {
  const score = ({ activeProxyConnections, stats, weight = 1 }: BackendCandidate): number => {
    const heapRatio =
      stats && stats.heapTotalBytes > 0 ? stats.heapUsedBytes / stats.heapTotalBytes : 0;
    const load =
      activeProxyConnections * connectionWeight +
      (stats?.cpuPercent ?? 0) * cpuWeight +
      heapRatio * heapWeight;
    // With the connection that it would get; else an idle new worker would take all of them.
    return weight === 1 ? load : (load + connectionWeight) / weight - connectionWeight;
  };
  return byLoadOnly((context) => lowest(context, score));
}

/** {@link createResourceAwareLoadBalancer} with its default weights. */
export const resourceAwareLoadBalancer: LoadBalancerFunction = createResourceAwareLoadBalancer();
