import { SafetyError } from "../errors.ts";
import type { SafeResponse } from "../response/safe-response.ts";
import type { MultipartField } from "../uws-types.ts";
import { requireType } from "./content-type.ts";
import { parseBody, quiet, type BodyOptions } from "./parse-body.ts";

/** One field or file of a form. */
export interface MultipartPart {
  readonly name: string;
  /** As the client sent it: never a path to write to. */
  readonly filename?: string | undefined;
  /** As the client says; nobody has looked at the data. */
  readonly type?: string | undefined;
  readonly data: Buffer;
}

/**
 * Reads a `multipart/form-data` body, as forms with files send it.
 *
 * @throws {SafetyError} As {@link parseBody}; `ERR_ROLLCAGE_BODY_MALFORMED` when it is cut short or a part has no name;
 *   `ERR_ROLLCAGE_BODY_TYPE` for another content type.
 * @example
 * const picture = (await parseMultipart(res, { limit: 5_000_000 })).find(({ name }) => name === "picture");
 */
export function parseMultipart(res: SafeResponse, options?: BodyOptions): Promise<MultipartPart[]> {
  return quiet(readMultipart(res, options));
}

const TYPE = "multipart/form-data";

async function readMultipart(res: SafeResponse, options?: BodyOptions): Promise<MultipartPart[]> {
  const { boundary } = requireType(res, TYPE, (type) => type === TYPE);
  if (boundary === undefined) throw malformed("its content type names no boundary");
  // Loaded when first needed: nothing else here needs the binary.
  const [body, { default: uws }] = await Promise.all([
    parseBody(res, options),
    import("uWebSockets.js"),
  ]);
  if (!isClosed(body, boundary)) throw malformed("the closing boundary is missing");
  // Spelt anew: µWS knows neither quotes nor further parameters.
  return (uws.getParts(body, `${TYPE}; boundary=${boundary}`) ?? []).map(toPart);
}

/** µWS takes what it finds for the whole; a body that was cut short must not pass for a shorter one. */
function isClosed(body: Buffer, boundary: string): boolean {
  const closing = `--${boundary}--`;
  const at = body.lastIndexOf(closing);
  return at === 0 || (at >= 2 && body[at - 2] === CR && body[at - 1] === LF);
}

const CR = 13;
const LF = 10;

/** The data lies inside the body: copied, it may be kept without keeping the whole upload. */
function toPart({ name, filename, type, data }: Partial<MultipartField>): MultipartPart {
  if (name === undefined || data === undefined) throw malformed("a part has no name");
  return { name, filename, type, data: Buffer.from(new Uint8Array(data)) };
}

function malformed(problem: string): SafetyError {
  return new SafetyError("ERR_ROLLCAGE_BODY_MALFORMED", { expected: TYPE, problem });
}
