import { parse } from "secure-json-parse";
import { SafetyError } from "../errors.ts";
import type { SafeResponse } from "../response/safe-response.ts";
import { decodeText, requireType } from "./content-type.ts";
import { parseBody, quiet, type BodyOptions } from "./parse-body.ts";

/**
 * Reads the body as JSON. Keys that could change a prototype are left out of the result.
 *
 * `T` is what the caller expects, not what has been checked.
 *
 * @throws {SafetyError} As {@link parseBody}; `ERR_ROLLCAGE_BODY_MALFORMED` for anything that is not JSON;
 *   `ERR_ROLLCAGE_BODY_TYPE` for another content type.
 * @example
 * const order = orderSchema.parse(await parseJson(res));
 */
export function parseJson<T = unknown>(res: SafeResponse, options?: BodyOptions): Promise<T> {
  return quiet(readJson<T>(res, options));
}

async function readJson<T>(res: SafeResponse, options?: BodyOptions): Promise<T> {
  const { charset } = requireType(res, "application/json", isJson);
  const text = decodeText(await parseBody(res, options), charset);
  try {
    return parse(text, undefined, { protoAction: "remove", constructorAction: "remove" });
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new SafetyError("ERR_ROLLCAGE_BODY_MALFORMED", { expected: "JSON", problem }, { cause });
  }
}

function isJson(type: string): boolean {
  return type === "application/json" || type.endsWith("+json");
}
