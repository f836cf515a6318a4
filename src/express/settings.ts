import { RollcageError } from "../errors.ts";

import type { Settings } from "./upstream.ts";

/**
 * Refuses what upstream takes and cannot serve: HTTP/3 ends the process at its first request (the
 * binary's `H3App` has no working router), and a TLS key without a certificate silently becomes plain HTTP.
 */
export function checkSettings(settings: Settings): void {
  if (settings.http3) {
    throw new RollcageError("ERR_ROLLCAGE_HTTP3_UNSUPPORTED", {
      reason: "requests over it end the process in µWebSockets.js",
    });
  }
  const { key_file_name: key, cert_file_name: certificate } = settings.uwsOptions ?? {};
  if (Boolean(key) === Boolean(certificate)) return;
  const [given, missing] = key
    ? ["key_file_name", "cert_file_name"]
    : ["cert_file_name", "key_file_name"];
  throw new RollcageError("ERR_ROLLCAGE_CONFIG_INVALID", {
    issues: [`expected uwsOptions.${missing} beside uwsOptions.${given}, got none`],
  });
}
