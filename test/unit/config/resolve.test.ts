import { noopTelemetrySink } from "defuss-open-telemetry";
import { describe, expect, it } from "vitest";
import type { ServerConfigInput } from "../../../src/config/options.ts";
import { resolveConfig } from "../../../src/config/resolve.ts";
import { defaultLoadBalancer, RollcageError } from "../../../src/index.ts";

/** What is wrong with a configuration, or `[]`. */
function issuesOf(input: unknown, environment: NodeJS.ProcessEnv = {}): readonly string[] {
  try {
    resolveConfig(input as ServerConfigInput, environment);
    return [];
  } catch (error) {
    if (!RollcageError.is(error, "ERR_ROLLCAGE_CONFIG_INVALID")) throw error;
    return error.details.issues;
  }
}

const longest = 2_147_483_647;

// Of each key: what is allowed, at the limits, and what is not, one over.
const table: [key: keyof ServerConfigInput, good: readonly unknown[], bad: readonly unknown[]][] = [
  ["host", ["::", "localhost"], ["", 1, null]],
  ["port", [0, 65_535], [-1, 65_536, 1.5, "3000", NaN, null]],
  ["workers", [1, 1_024, "auto"], [0, 1_025, -1, 1.5, "4", Infinity]],
  ["transport", ["auto", "handoff", "reuseport", "proxy"], ["tcp", true, ""]],
  ["workerHost", ["127.0.0.2"], ["", 1]],
  ["baseWorkerPort", [1, 60_000], [0, 65_536, "3001"]],
  ["loadBalancer", [() => {}], [{}, "roundRobin", null]],
  ["requestInspectionTimeoutMs", [0, longest], [-1, longest + 1, "10", NaN]],
  ["headersTimeoutMs", [1, longest], [0, -1, longest + 1]],
  ["maxHeaderBytes", [1, 65_536], [0, 65_537, -1, 1.5]],
  ["allowHalfOpen", [true, false], [0, "true", null]],
  ["maxConnections", [false, 1], [0, true, -1, 1.5]],
  ["backendWaitMs", [0, longest], [-1, Infinity]],
  ["workerHeartbeatIntervalMs", [1, longest / 5], [0, -1, "1s"]],
  ["workerHeartbeatStaleAfterMs", [1_001, longest], [1_000, 0, -1]],
  ["workerHangTimeoutMs", [false, 1], [0, true, -1]],
  ["maxWorkerRssBytes", [false, 1], [0, true, -1, 1.5]],
  ["maxWorkerAgeMs", [false, 1], [0, true, -1]],
  ["guard", [false, {}, { timeoutMs: 1 }, { timeoutMs: false }], [true, 1, null, []]],
  ["readyPath", [false, "/", "/ready"], ["ready", "", true, "/a b", "/a?b"]],
  ["backlog", [1, 65_535], [0, 65_536, -1]],
  ["respawnWorkers", [true, false], [1, "no"]],
  ["startupTimeoutMs", [1, longest], [0, -1]],
  ["shutdownDelayMs", [0, longest], [-1, "0"]],
  ["gracefulShutdownTimeoutMs", [0, longest], [-1, longest + 1]],
  ["slowStartMs", [0, longest], [-1, NaN]],
  ["installSignalHandlers", [true, false], [1, null]],
  ["workerEnv", [{}, { A: "1" }], [{ A: 1 }, [], null, "A=1"]],
  ["logger", [{}, { info: () => {} }, console], [{ info: 1 }, null, () => {}]],
  ["telemetry", [noopTelemetrySink], [{}, null, { incrementCounter: () => {} }]],
];

describe("resolveConfig", () => {
  it.each(table)("takes good values of %s and names bad ones", (key, good, bad) => {
    for (const value of good) expect(issuesOf({ [key]: value })).toEqual([]);
    for (const value of bad) {
      const [issue = "", ...others] = issuesOf({ [key]: value });
      expect(issue).toMatch(new RegExp(`^${key}: expected .+, got .+`));
      expect(others).toEqual([]);
    }
  });

  it("takes undefined as the default of every key", () => {
    const nothing = Object.fromEntries(table.map(([key]) => [key, undefined]));
    const { logger: _a, ...defaults } = resolveConfig({}, {});
    const { logger: _b, ...resolved } = resolveConfig(nothing, {});
    expect(resolved).toEqual(defaults);
  });

  it("has the defaults that are documented", () => {
    expect(resolveConfig({}, {})).toMatchObject({
      host: "0.0.0.0",
      port: 3_000,
      transport: "auto",
      workerHost: undefined,
      baseWorkerPort: undefined,
      loadBalancer: defaultLoadBalancer,
      requestInspectionTimeoutMs: 10,
      headersTimeoutMs: 10_000,
      maxHeaderBytes: 16_384,
      allowHalfOpen: true,
      maxConnections: false,
      backendWaitMs: 5_000,
      workerHeartbeatIntervalMs: 1_000,
      workerHeartbeatStaleAfterMs: 5_000,
      workerHangTimeoutMs: 10_000,
      maxWorkerRssBytes: false,
      maxWorkerAgeMs: false,
      guard: { timeoutMs: 120_000, maxEventLoopDelayMs: false, maxInFlight: false },
      readyPath: false,
      backlog: 4_096,
      respawnWorkers: true,
      startupTimeoutMs: 30_000,
      shutdownDelayMs: 0,
      gracefulShutdownTimeoutMs: 10_000,
      slowStartMs: 2_000,
      installSignalHandlers: true,
      workerEnv: {},
      telemetry: noopTelemetrySink,
    });
  });

  it("reports every problem at once, unknown keys and those of guard among them", () => {
    expect(
      issuesOf({ port: -1, workers: 0, prot: 80, guard: { timeout: 1, maxInFlight: 0 } }),
    ).toEqual([
      'workers: expected an integer from 1 to 1024 or "auto", got 0',
      "port: expected a port from 0 to 65535, got -1",
      expect.stringMatching(
        /^prot: unknown key, got 80; expected one of host, port, workers, .*, telemetry$/,
      ),
      "guard.maxInFlight: expected an integer of at least 1, or false, got 0",
      "guard.timeout: unknown key, got 1; expected one of timeoutMs, maxEventLoopDelayMs, maxInFlight",
    ]);
  });

  it("takes host and port from the environment, under what is given", () => {
    const environment = { HOST: "::1", PORT: "8080" };
    expect(resolveConfig({}, environment)).toMatchObject({ host: "::1", port: 8_080 });
    expect(resolveConfig({ host: "::", port: 1 }, environment)).toMatchObject({
      host: "::",
      port: 1,
    });
    expect(resolveConfig({}, { HOST: "", PORT: "" })).toMatchObject({
      host: "0.0.0.0",
      port: 3_000,
    });
    expect(issuesOf({}, { PORT: "http" })).toEqual([
      "port (from the environment's PORT): expected a port from 0 to 65535, got 'http'",
    ]);
  });

  it("fills in the other half of a TCP worker address, and wants room for all workers", () => {
    expect(resolveConfig({ workerHost: "::1" }, {})).toMatchObject({ baseWorkerPort: 3_001 });
    expect(resolveConfig({ baseWorkerPort: 9 }, {})).toMatchObject({ workerHost: "127.0.0.1" });
    expect(issuesOf({ baseWorkerPort: 65_534, workers: 2 })).toEqual([]);
    expect(issuesOf({ baseWorkerPort: 65_534, workers: 3 })).toHaveLength(1);
  });

  it("lets a worker be stale no sooner than its interval, and five of them later by default", () => {
    expect(resolveConfig({ workerHeartbeatIntervalMs: 30_000 }, {})).toMatchObject({
      workerHeartbeatStaleAfterMs: 150_000,
    });
    expect(
      issuesOf({ workerHeartbeatIntervalMs: 10, workerHeartbeatStaleAfterMs: 10 }),
    ).toHaveLength(1);
  });

  it("freezes the result, and copies what it was given", () => {
    const workerEnv = { A: "1" };
    const config = resolveConfig({ workerEnv, guard: {} }, {});
    workerEnv.A = "2";
    expect(config.workerEnv).toEqual({ A: "1" });
    for (const part of [config, config.workerEnv, config.guard])
      expect(Object.isFrozen(part)).toBe(true);
  });

  it("fills a partial logger up with the console, and keeps its methods bound", () => {
    const logger = {
      prefix: "mine",
      lines: [] as string[],
      info(text: unknown) {
        this.lines.push(`${this.prefix} ${String(text)}`);
      },
    };
    const { info, warn } = resolveConfig({ logger }, {}).logger;
    info("hello");
    expect(logger.lines).toEqual(["mine hello"]);
    expect(warn).toBeTypeOf("function");
  });
});
