import { parseArgs } from "node:util";
import type { RunSettings } from "./frame/run-suite.ts";
import type { Suite } from "./frame/suite.ts";
import { wrkVersion } from "./generators/wrk.ts";

export interface RunOptions {
  readonly names: readonly string[];
  /** Write the results into the repository: the README and `bench/results`. */
  readonly isPublished: boolean;
  settingsFor(suite: Suite): RunSettings;
}

/** Short enough that all suites together take about ten minutes. */
const FOR_ALL = { warmUpMs: 200, durationMs: 800 };
const FOR_ONE = { warmUpMs: 1_000, durationMs: 4_000 };
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

/** @throws {TypeError} for an option that is unknown, malformed or cannot be had here. */
export async function parseRunOptions(args: readonly string[]): Promise<RunOptions> {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "3" },
      duration: { type: "string" },
      "warm-up": { type: "string" },
      generator: { type: "string", default: "autocannon" },
      threads: { type: "string", default: "2" },
      "max-connections": { type: "string" },
      publish: { type: "boolean", default: false },
    },
  });
  const { generator } = values;
  if (generator !== "autocannon" && generator !== "wrk") {
    throw new TypeError(`--generator: expected autocannon or wrk, got ${generator}`);
  }
  if (generator === "wrk" && (await wrkVersion()) === undefined) {
    throw new TypeError("--generator wrk: wrk is not installed");
  }
  const usual = positionals.length === 0 ? FOR_ALL : undefined;
  const given = {
    durationMs: optional("--duration", values.duration),
    warmUpMs: optional("--warm-up", values["warm-up"]),
  };
  const shared = {
    generator,
    rounds: positive("--rounds", values.rounds),
    threads: positive("--threads", values.threads),
    maxConnections: optional("--max-connections", values["max-connections"]) ?? NO_LIMIT,
  } as const;
  return {
    names: positionals,
    isPublished: values.publish,
    settingsFor(suite) {
      const profile = usual ?? suite.profile ?? FOR_ONE;
      return {
        ...shared,
        durationMs: given.durationMs ?? profile.durationMs,
        warmUpMs: given.warmUpMs ?? profile.warmUpMs,
      };
    },
  };
}

function optional(option: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : positive(option, text);
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value <= 0) {
    throw new TypeError(`${option}: expected a whole number above 0, got ${text}`);
  }
  return value;
}
