import { parse } from "content-type";
import { SafetyError } from "../errors.ts";
import { exchangeOf, type SafeResponse } from "../response/safe-response.ts";

export interface BodyType {
  /** In lower case, without parameters; `""` where the client did not say. */
  readonly type: string;
  readonly charset: string;
  /** Of a multipart body. */
  readonly boundary?: string | undefined;
}

/**
 * The type of a request's body. A client that names none is taken at the handler's word.
 *
 * @throws {SafetyError} `ERR_ROLLCAGE_BODY_TYPE` when the type is not accepted, or the body is compressed.
 */
export function requireType(
  res: SafeResponse,
  expected: string,
  accepts: (type: string) => boolean,
): BodyType {
  const exchange = exchangeOf(res);
  const encoding = exchange.requestHeader("content-encoding");
  if (encoding !== "" && encoding.toLowerCase() !== "identity") {
    throw wrongType(expected, `a body in content-encoding ${encoding}`);
  }
  const header = exchange.requestHeader("content-type");
  if (header === "") return { type: "", charset: "utf-8" };
  const { type, parameters } = parse(header);
  const lowerCase = type.toLowerCase();
  if (!accepts(lowerCase)) throw wrongType(expected, header);
  return {
    type: lowerCase,
    charset: parameters["charset"] ?? "utf-8",
    boundary: parameters["boundary"],
  };
}

function wrongType(expected: string, got: string): SafetyError {
  return new SafetyError("ERR_ROLLCAGE_BODY_TYPE", { expected, got });
}

/** @throws {SafetyError} `ERR_ROLLCAGE_BODY_TYPE` for an unknown charset, `BODY_MALFORMED` for invalid text. */
export function decodeText(body: Buffer, charset: string): string {
  const decoder = createDecoder(charset);
  try {
    return decoder.decode(body);
  } catch (cause) {
    throw new SafetyError(
      "ERR_ROLLCAGE_BODY_MALFORMED",
      { expected: `text in ${decoder.encoding}`, problem: "it holds invalid bytes" },
      { cause },
    );
  }
}

function createDecoder(charset: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(charset, { fatal: true });
  } catch {
    throw wrongType("text in a known charset", `charset=${charset}`);
  }
}
