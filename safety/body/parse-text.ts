import type { SafeResponse } from "../response/safe-response.ts";
import { decodeText, requireType } from "./content-type.ts";
import { parseBody, quiet, type BodyOptions } from "./parse-body.ts";

/**
 * Reads the body as text, in the charset that the client names (UTF-8 if none). Any content type.
 *
 * @throws {SafetyError} As {@link parseBody}; `ERR_ROLLCAGE_BODY_MALFORMED` for bytes that are no text;
 *   `ERR_ROLLCAGE_BODY_TYPE` for an unknown charset or a compressed body.
 * @example
 * const note = await parseText(res, { limit: 10_000 });
 */
export function parseText(res: SafeResponse, options?: BodyOptions): Promise<string> {
  return quiet(readText(res, options));
}

async function readText(res: SafeResponse, options?: BodyOptions): Promise<string> {
  const { charset } = requireType(res, "text", () => true);
  return decodeText(await parseBody(res, options), charset);
}
