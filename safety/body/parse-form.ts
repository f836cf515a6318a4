import querystring from "node:querystring";
import { SafetyError } from "../errors.ts";
import type { SafeResponse } from "../response/safe-response.ts";
import { decodeText, requireType } from "./content-type.ts";
import { parseBody, quiet, type BodyOptions } from "./parse-body.ts";

/** A name that occurs several times has all its values. There is no prototype. */
export type FormFields = Record<string, string | string[] | undefined>;

const TYPE = "application/x-www-form-urlencoded";
const MAX_FIELDS = 1_000;

/**
 * Reads a urlencoded body, as an HTML form sends it. At most 1 000 fields; `__proto__` is left out.
 *
 * @throws {SafetyError} As {@link parseBody}; `ERR_ROLLCAGE_BODY_MALFORMED` for too many fields or
 *   invalid text; `ERR_ROLLCAGE_BODY_TYPE` for another content type.
 * @example
 * const { name } = await parseForm(res);
 */
export function parseForm(res: SafeResponse, options?: BodyOptions): Promise<FormFields> {
  return quiet(readForm(res, options));
}

async function readForm(res: SafeResponse, options?: BodyOptions): Promise<FormFields> {
  const { charset } = requireType(res, TYPE, (type) => type === TYPE);
  return decodeForm(decodeText(await parseBody(res, options), charset));
}

/** @throws {SafetyError} `ERR_ROLLCAGE_BODY_MALFORMED` for more than 1 000 fields. */
function decodeForm(text: string): FormFields {
  const fields: FormFields = querystring.parse(text, "&", "=", { maxKeys: MAX_FIELDS + 1 });
  if (Object.keys(fields).length > MAX_FIELDS || countPairs(text) > MAX_FIELDS) {
    const problem = `it has more than ${MAX_FIELDS} fields`;
    throw new SafetyError("ERR_ROLLCAGE_BODY_MALFORMED", { expected: "a form", problem });
  }
  // Harmless here, but not once somebody copies the fields into an ordinary object.
  delete fields["__proto__"];
  return fields;
}

function countPairs(text: string): number {
  let pairs = 1;
  for (
    let at = text.indexOf("&");
    at !== -1 && pairs <= MAX_FIELDS;
    at = text.indexOf("&", at + 1)
  ) {
    pairs++;
  }
  return pairs;
}
