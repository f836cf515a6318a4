import type { GuardConfigInput, ResolvedGuardConfig } from "./options.ts";
import { integer, milliseconds, orFalse, type OptionReader } from "./rules.ts";

/** Its three options; problems stay with the reader. */
export function readGuardConfig(read: OptionReader<GuardConfigInput>): ResolvedGuardConfig {
  return Object.freeze({
    timeoutMs: read.option("timeoutMs", 120_000, orFalse(milliseconds(1))),
    maxEventLoopDelayMs: read.option("maxEventLoopDelayMs", false, orFalse(milliseconds(1))),
    maxInFlight: read.option("maxInFlight", false, orFalse(integer(1))),
  });
}
