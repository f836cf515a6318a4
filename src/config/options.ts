import type { TelemetrySink } from "defuss-open-telemetry";
import type { LoadBalancerFunction } from "../balancers/balancer.ts";
import type { PubSubBackplane } from "../pubsub/backplane.ts";

/** How a connection reaches its worker; see the README. */
export type TransportName = "handoff" | "reuseport" | "proxy";

/** What the runtime writes its own lines to. `console` and most loggers fit. */
export interface LoggerLike {
  readonly debug: (...args: unknown[]) => void;
  readonly info: (...args: unknown[]) => void;
  readonly warn: (...args: unknown[]) => void;
  readonly error: (...args: unknown[]) => void;
}

/** Deadline and load shedding for Express apps, of this package or Express 4 and 5. */
export interface GuardConfigInput {
  /**
   * Longest time until the first byte of the answer, in milliseconds; then `503`.
   *
   * @default 120_000
   */
  readonly timeoutMs?: number | false | undefined;
  /**
   * Event-loop delay above which new requests get `503` with `Retry-After`, in milliseconds.
   *
   * @default false
   */
  readonly maxEventLoopDelayMs?: number | false | undefined;
  /**
   * Requests in flight in one worker above which new ones get `503` with `Retry-After`.
   *
   * @default false
   */
  readonly maxInFlight?: number | false | undefined;
}

/** What `startServer` and `setServerConfig` take. Every key is optional; `undefined` means the default. */
export interface ServerConfigInput {
  /**
   * Public address to listen on.
   *
   * @default the environment's `HOST`, else `"0.0.0.0"`
   */
  readonly host?: string | undefined;
  /**
   * Public port. `0` picks a free one; the result of `startServer` says which.
   *
   * @default the environment's `PORT`, else 3000
   */
  readonly port?: number | undefined;
  /**
   * Worker processes: a number from 1 to 1024, or `"auto"` for one per core that this process may
   * use (its CPU affinity and cgroup quota, rounded up).
   *
   * @default "auto"
   */
  readonly workers?: number | "auto" | undefined;
  /**
   * How a connection reaches its worker. `"auto"` takes `"handoff"` where platform and app can do it,
   * else `"proxy"`. One that cannot work here is `ERR_ROLLCAGE_TRANSPORT_UNAVAILABLE`.
   *
   * @default "auto"
   */
  readonly transport?: TransportName | "auto" | undefined;
  /**
   * Address of the workers' own listeners, for the `proxy` transport over TCP.
   *
   * @default unset: Unix sockets; "127.0.0.1" when `baseWorkerPort` is set
   */
  readonly workerHost?: string | undefined;
  /**
   * Port of the first worker, for the `proxy` transport over TCP; each further worker takes the next. One that
   * replaces a worker which still drains takes any free port.
   *
   * @default unset: Unix sockets; 3001 when `workerHost` is set
   */
  readonly baseWorkerPort?: number | undefined;
  /**
   * Chooses the worker of each connection.
   *
   * @default defaultLoadBalancer (round robin)
   */
  readonly loadBalancer?: LoadBalancerFunction | undefined;
  /**
   * How long the bytes of an unknown protocol are looked at before the connection goes on, in milliseconds.
   *
   * @default 10
   */
  readonly requestInspectionTimeoutMs?: number | undefined;
  /**
   * Longest wait for a whole HTTP/1 head or ClientHello, in milliseconds; then `408`, or the connection is closed.
   *
   * @default 10_000
   */
  readonly headersTimeoutMs?: number | undefined;
  /**
   * Largest request head, in bytes, from 1 to 65 536; a larger one gets `431`.
   *
   * @default 16_384
   */
  readonly maxHeaderBytes?: number | undefined;
  /**
   * Whether a client of the `proxy` transport may close its sending side and still be answered.
   *
   * @default true
   */
  readonly allowHalfOpen?: boolean | undefined;
  /**
   * Open client connections above which new ones get `503`.
   *
   * @default false (no limit)
   */
  readonly maxConnections?: number | false | undefined;
  /**
   * How long a connection waits for a ready worker, in milliseconds; then `503` with `Retry-After`.
   *
   * @default 5_000
   */
  readonly backendWaitMs?: number | undefined;
  /**
   * How often a worker reports its {@link WorkerRuntimeStats}, in milliseconds. Connection counts and
   * pings do not depend on it.
   *
   * @default 1_000
   */
  readonly workerHeartbeatIntervalMs?: number | undefined;
  /**
   * A worker whose last report is older than this is no candidate, in milliseconds; above the interval.
   *
   * @default 5 x workerHeartbeatIntervalMs
   */
  readonly workerHeartbeatStaleAfterMs?: number | undefined;
  /**
   * A worker that has not answered a ping for this long is killed and replaced, in milliseconds.
   * Off while an inspector is attached.
   *
   * @default 10_000
   */
  readonly workerHangTimeoutMs?: number | false | undefined;
  /**
   * Resident memory above which a worker is drained and replaced, in bytes.
   *
   * @default false
   */
  readonly maxWorkerRssBytes?: number | false | undefined;
  /**
   * Age at which a worker is drained and replaced, in milliseconds.
   *
   * @default false
   */
  readonly maxWorkerAgeMs?: number | false | undefined;
  /**
   * Deadline and load shedding for Express apps, of this package or Express 4 and 5, or `false`.
   *
   * @default { timeoutMs: 120_000, maxEventLoopDelayMs: false, maxInFlight: false }
   */
  readonly guard?: GuardConfigInput | false | undefined;
  /**
   * Path that the primary answers itself: `200` while ready, else `503`.
   *
   * @default false
   */
  readonly readyPath?: string | false | undefined;
  /**
   * Carries what `publish` sends to other machines; see `createRedisBackplane`.
   *
   * @default in this machine only
   */
  readonly backplane?: PubSubBackplane | undefined;
  /**
   * Connections that the kernel may queue before they are accepted.
   *
   * @default 4_096
   */
  readonly backlog?: number | undefined;
  /**
   * Whether a worker that exits is replaced (with backoff: 100 ms, doubling to 10 s, with jitter).
   *
   * @default true
   */
  readonly respawnWorkers?: boolean | undefined;
  /**
   * How long `startServer` waits for its workers, in milliseconds.
   *
   * @default 30_000
   */
  readonly startupTimeoutMs?: number | undefined;
  /**
   * How long a graceful stop goes on serving, but not ready, before it drains, in milliseconds.
   *
   * @default 0
   */
  readonly shutdownDelayMs?: number | undefined;
  /**
   * How long requests in flight may take once a stop or a reload drains; then they are cut, in milliseconds.
   *
   * @default 10_000
   */
  readonly gracefulShutdownTimeoutMs?: number | undefined;
  /**
   * Time over which a new worker takes up its share of new connections, in milliseconds.
   *
   * @default 2_000
   */
  readonly slowStartMs?: number | undefined;
  /**
   * Whether SIGTERM and SIGINT stop the server gracefully (a second one at once) and SIGHUP reloads it.
   *
   * @default true
   */
  readonly installSignalHandlers?: boolean | undefined;
  /**
   * Environment variables for the workers, above the primary's own.
   *
   * @default {}
   */
  readonly workerEnv?: Readonly<Record<string, string>> | undefined;
  /**
   * Where the runtime logs; methods left out go to the console.
   *
   * @default console
   */
  readonly logger?: Partial<LoggerLike> | undefined;
  /**
   * Where the runtime's metrics go; see `defuss-open-telemetry`.
   *
   * @default noopTelemetrySink
   */
  readonly telemetry?: TelemetrySink | undefined;
}

export interface ResolvedGuardConfig {
  readonly timeoutMs: number | false;
  readonly maxEventLoopDelayMs: number | false;
  readonly maxInFlight: number | false;
}

/** The whole configuration, checked, with every default filled in. Frozen. */
export type ResolvedServerConfig = {
  readonly [Key in Exclude<keyof ServerConfigInput, ChangedKeys>]-?: Exclude<
    ServerConfigInput[Key],
    undefined
  >;
} & {
  readonly workers: number;
  readonly workerHost: string | undefined;
  readonly baseWorkerPort: number | undefined;
  readonly guard: ResolvedGuardConfig | false;
  readonly logger: LoggerLike;
};

/** Keys whose resolved form differs from what is given. */
type ChangedKeys = "workers" | "workerHost" | "baseWorkerPort" | "guard" | "logger";

/** Any app with the one method that every framework has. */
export interface ExpressLike {
  listen(port: number, host: string, onListen?: () => void): unknown;
}
