import { noopTelemetrySink, type TelemetrySink } from "defuss-open-telemetry";
import type { LoadBalancerFunction } from "../balancers/balancer.ts";
import { defaultLoadBalancer } from "../balancers/round-robin.ts";
import { inMachineBackplane, type PubSubBackplane } from "../pubsub/backplane.ts";
import { RollcageError } from "../errors.ts";
import { readGuardConfig } from "./guard-config.ts";
import type {
  GuardConfigInput,
  LoggerLike,
  ResolvedGuardConfig,
  ResolvedServerConfig,
  ServerConfigInput,
} from "./options.ts";
import {
  boolean,
  either,
  func,
  integer,
  isObject,
  methods,
  milliseconds,
  nonEmptyString,
  oneOf,
  OptionReader,
  orFalse,
  port,
  show,
  stringRecord,
  urlPath,
} from "./rules.ts";
import { usableCores } from "./usable-cores.ts";

/**
 * The one place where a default or a limit is written.
 *
 * @throws {RollcageError} `ERR_ROLLCAGE_CONFIG_INVALID` with every problem found.
 */
export function resolveConfig(
  input: ServerConfigInput = {},
  environment: NodeJS.ProcessEnv = process.env,
): ResolvedServerConfig {
  const read = new OptionReader(input);
  const workers = read.option("workers", "auto", either(integer(1, 1024), oneOf("auto")));
  const intervalMs = read.option("workerHeartbeatIntervalMs", 1_000, milliseconds(1));
  const guard = resolveGuard(input.guard);
  const config: ResolvedServerConfig = {
    host: read.option("host", environment["HOST"] || "0.0.0.0", nonEmptyString),
    port: read.option("port", portFromEnvironment(read, input, environment), port),
    workers: workers === "auto" ? usableCores() : workers,
    transport: read.option("transport", "auto", oneOf("auto", "handoff", "reuseport", "proxy")),
    workerHost: read.option("workerHost", undefined, nonEmptyString),
    baseWorkerPort: read.option("baseWorkerPort", undefined, integer(1, 65_535)),
    loadBalancer: read.option("loadBalancer", defaultLoadBalancer, func<LoadBalancerFunction>()),
    requestInspectionTimeoutMs: read.option("requestInspectionTimeoutMs", 10, milliseconds()),
    headersTimeoutMs: read.option("headersTimeoutMs", 10_000, milliseconds(1)),
    maxHeaderBytes: read.option("maxHeaderBytes", 16_384, integer(1, 65_536)),
    allowHalfOpen: read.option("allowHalfOpen", true, boolean),
    maxConnections: read.option("maxConnections", false, orFalse(integer(1))),
    backendWaitMs: read.option("backendWaitMs", 5_000, milliseconds()),
    workerHeartbeatIntervalMs: intervalMs,
    workerHeartbeatStaleAfterMs: read.option(
      "workerHeartbeatStaleAfterMs",
      5 * intervalMs,
      milliseconds(),
    ),
    workerHangTimeoutMs: read.option("workerHangTimeoutMs", 10_000, orFalse(milliseconds(1))),
    maxWorkerRssBytes: read.option("maxWorkerRssBytes", false, orFalse(integer(1))),
    maxWorkerAgeMs: read.option("maxWorkerAgeMs", false, orFalse(milliseconds(1))),
    guard: guard.config,
    readyPath: read.option("readyPath", false, orFalse(urlPath)),
    backplane: read.option("backplane", inMachineBackplane, backplane),
    backlog: read.option("backlog", 4_096, integer(1, 65_535)),
    respawnWorkers: read.option("respawnWorkers", true, boolean),
    startupTimeoutMs: read.option("startupTimeoutMs", 30_000, milliseconds(1)),
    shutdownDelayMs: read.option("shutdownDelayMs", 0, milliseconds()),
    gracefulShutdownTimeoutMs: read.option("gracefulShutdownTimeoutMs", 10_000, milliseconds()),
    slowStartMs: read.option("slowStartMs", 2_000, milliseconds()),
    installSignalHandlers: read.option("installSignalHandlers", true, boolean),
    workerEnv: Object.freeze({ ...read.option("workerEnv", {}, stringRecord) }),
    logger: resolveLogger(read.option("logger", {}, logger)),
    telemetry: read.option("telemetry", noopTelemetrySink, telemetry),
  };
  const filled = withWorkerAddress(config);
  checkTogether(read, input, filled);
  const issues = [...read.issues(Object.keys(config)), ...guard.issues];
  if (issues.length > 0) throw new RollcageError("ERR_ROLLCAGE_CONFIG_INVALID", { issues });
  return Object.freeze(filled);
}

/** The error of a configuration that is none at all. */
export function notAnObject(given: unknown): RollcageError {
  return new RollcageError("ERR_ROLLCAGE_CONFIG_INVALID", {
    issues: [`configuration: expected an object, got ${show(given)}`],
  });
}

const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
const logger = methods<Partial<LoggerLike>>(LOG_LEVELS, { required: false });
const backplane = methods<PubSubBackplane>(["start", "publish", "close"], { required: true });
const telemetry = methods<TelemetrySink>(["incrementCounter", "recordHistogram", "setGauge"], {
  required: true,
});

function portFromEnvironment(
  read: OptionReader<ServerConfigInput>,
  input: ServerConfigInput,
  environment: NodeJS.ProcessEnv,
): number {
  const text = environment["PORT"];
  if (!text || input.port !== undefined) return 3_000;
  const given = Number(text);
  if (port.accepts(given)) return given;
  read.report("port (from the environment's PORT)", `expected ${port.expected}, got ${show(text)}`);
  return 3_000;
}

function resolveGuard(input: GuardConfigInput | false | undefined): {
  readonly config: ResolvedGuardConfig | false;
  readonly issues: readonly string[];
} {
  if (input === false) return { config: false, issues: [] };
  if (input === undefined || isObject(input)) return readGuardConfig(input ?? {});
  const issue = `guard: expected an object of options, or false, got ${show(input)}`;
  return { config: false, issues: [issue] };
}

function resolveLogger(given: Partial<LoggerLike>): LoggerLike {
  // Bound, so that a logger whose methods need their object works when a method is passed on.
  const method = (level: keyof LoggerLike) =>
    (given[level] ?? console[level]).bind(given[level] ? given : console);
  return {
    debug: method("debug"),
    info: method("info"),
    warn: method("warn"),
    error: method("error"),
  };
}

/** Either key asks for TCP workers; the other then has a default. */
function withWorkerAddress(config: ResolvedServerConfig): ResolvedServerConfig {
  if (config.workerHost === undefined && config.baseWorkerPort === undefined) return config;
  return {
    ...config,
    workerHost: config.workerHost ?? "127.0.0.1",
    baseWorkerPort: config.baseWorkerPort ?? 3_001,
  };
}

function checkTogether(
  read: OptionReader<ServerConfigInput>,
  input: ServerConfigInput,
  config: ResolvedServerConfig,
): void {
  const { workerHeartbeatIntervalMs: intervalMs, workerHeartbeatStaleAfterMs: staleMs } = config;
  if (input.workerHeartbeatStaleAfterMs !== undefined && staleMs <= intervalMs) {
    read.report(
      "workerHeartbeatStaleAfterMs",
      `expected more than workerHeartbeatIntervalMs (${intervalMs}), got ${staleMs}`,
    );
  }
  const lastPort = (config.baseWorkerPort ?? 0) + config.workers - 1;
  if (lastPort > 65_535) {
    read.report(
      "baseWorkerPort",
      `expected room for ${config.workers} ports below 65536, got ${config.baseWorkerPort}`,
    );
  }
}
