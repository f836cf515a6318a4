import type { GuardConfigInput, ResolvedGuardConfig } from "./options.ts";
import { integer, milliseconds, OptionReader, orFalse } from "./rules.ts";

/** The guard's options with their defaults, and everything that is wrong with them. */
export function readGuardConfig(options: GuardConfigInput): {
  readonly config: ResolvedGuardConfig;
  readonly issues: readonly string[];
} {
  const read = new OptionReader(options, "guard.");
  const config = Object.freeze({
    timeoutMs: read.option("timeoutMs", 120_000, orFalse(milliseconds(1))),
    maxEventLoopDelayMs: read.option("maxEventLoopDelayMs", false, orFalse(milliseconds(1))),
    maxInFlight: read.option("maxInFlight", false, orFalse(integer(1))),
  });
  return { config, issues: read.issues(Object.keys(config)) };
}
