export { express, express as expressDefault, express as default } from "./express/express.ts";
export { guard } from "./express/guard.ts";
export { reloadServer, startServer, stopServer } from "./server.ts";
export type { StartServerResult } from "./start-result.ts";

export { getServerConfig, setServerConfig } from "./config/server-config.ts";
export type {
  ExpressLike,
  GuardConfigInput,
  LoggerLike,
  ResolvedGuardConfig,
  ResolvedServerConfig,
  ServerConfigInput,
  TransportName,
} from "./config/options.ts";

export type {
  BackendCandidate,
  LoadBalancerContext,
  LoadBalancerFunction,
} from "./balancers/balancer.ts";
export {
  createConsistentHashLoadBalancer,
  type ConsistentHashKey,
} from "./balancers/consistent-hash.ts";
export { leastConnectionsLoadBalancer } from "./balancers/least-connections.ts";
export { powerOfTwoLoadBalancer } from "./balancers/power-of-two.ts";
export {
  createResourceAwareLoadBalancer,
  resourceAwareLoadBalancer,
  type ResourceAwareOptions,
} from "./balancers/resource-aware.ts";
export { defaultLoadBalancer, roundRobinLoadBalancer } from "./balancers/round-robin.ts";
export type { PubSubBackplane } from "./pubsub/backplane.ts";
export { numSubscribers, publish } from "./pubsub/publish.ts";
export { createRedisBackplane, type RedisBackplaneOptions } from "./pubsub/redis-backplane.ts";
export type { ParsedRequest } from "./inspection/parsed-request.ts";
export type { WorkerRuntimeStats } from "./telemetry/worker-stats.ts";

export { serverEvents, type ServerEventMap } from "./events.ts";
export { RollcageError, type RollcageErrorCode, type RollcageErrorDetails } from "./errors.ts";
