import type { ResolvedServerConfig, ServerConfigInput } from "./options.ts";
import { notAnObject, resolveConfig } from "./resolve.ts";
import { isObject } from "./rules.ts";

/** What the program has set so far: the only mutable state of this folder, there because the API is. */
let given: ServerConfigInput = {};

/**
 * Sets options for the next `startServer`, on top of what was set before.
 *
 * @returns The resolved, frozen configuration.
 * @throws {RollcageError} `ERR_ROLLCAGE_CONFIG_INVALID` with every problem found; then nothing is set.
 * @example
 * setServerConfig({ workers: 4, readyPath: "/ready" });
 */
export function setServerConfig(config: ServerConfigInput): ResolvedServerConfig {
  if (!isObject(config)) throw notAnObject(config);
  const merged = merge(config);
  const resolved = resolveConfig(merged);
  given = merged;
  return resolved;
}

/**
 * The resolved, frozen configuration as it stands: what was set, and the defaults.
 *
 * @throws {RollcageError} `ERR_ROLLCAGE_CONFIG_INVALID` where the environment's `PORT` is no port.
 */
export function getServerConfig(): ResolvedServerConfig {
  return resolveConfig(given);
}

/** `config` on top of what was set; a key that is `undefined` leaves what was set. */
function merge(config: ServerConfigInput): ServerConfigInput {
  const present = Object.entries(config).filter(([, value]) => value !== undefined);
  return { ...given, ...Object.fromEntries(present) };
}
