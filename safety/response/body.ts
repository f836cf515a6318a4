import { SafetyError } from "../errors.ts";
import type { RecognizedString } from "../uws-types.ts";

/** What every binary of µWS takes. */
export type Body = string | Uint8Array | ArrayBuffer;

/**
 * Judged before the native call: there a wrong type throws when half of the answer is out.
 *
 * @throws {SafetyError} `ERR_ROLLCAGE_RESPONSE_MISUSED` for anything but text and bytes.
 */
export function toBody(call: string, given: RecognizedString | undefined | null): Body {
  if (typeof given === "string") return given;
  if (given === undefined || given === null) return "";
  if (given instanceof ArrayBuffer) return given;
  if (given instanceof Uint8Array) return given;
  if (ArrayBuffer.isView(given)) {
    return new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  }
  throw new SafetyError("ERR_ROLLCAGE_RESPONSE_MISUSED", {
    call: `${call}()`,
    problem: `expected a string, an ArrayBuffer or a typed array, got ${typeof given}`,
  });
}

/** The bytes of a body; text in UTF-8. Only text is copied. */
export function toBytes(body: Body): Uint8Array {
  if (typeof body === "string") return Buffer.from(body);
  return body instanceof ArrayBuffer ? new Uint8Array(body) : body;
}
