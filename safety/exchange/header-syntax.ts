import { SafetyError } from "../errors.ts";
import type { RecognizedString } from "../uws-types.ts";

const token = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/;
// eslint-disable-next-line no-control-regex -- it is control characters that are looked for
const unsafe = /[\0-\x08\n-\x1f\x7f]/;

/** Names that have passed; few in any program, and bounded for those that make them up. */
const knownNames = new Set<string>();
const MAX_KNOWN_NAMES = 256;

export function headerName(name: RecognizedString): string {
  const text = toText(name);
  if (knownNames.has(text)) return text;
  if (!token.test(text)) {
    throw misused("writeHeader", `${JSON.stringify(text)} is not a header name`);
  }
  if (knownNames.size < MAX_KNOWN_NAMES) knownNames.add(text);
  return text;
}

/** @throws {SafetyError} `ERR_ROLLCAGE_RESPONSE_MISUSED` for CR, LF and other control characters. */
export function headerValue(call: string, value: RecognizedString): string {
  const text = toText(value);
  if (unsafe.test(text)) {
    throw misused(call, `${JSON.stringify(text)} holds a control character`);
  }
  return text;
}

/** Like µWS: a string is itself, anything binary holds UTF-8. */
export function toText(value: RecognizedString): string {
  if (typeof value === "string") return value;
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString();
  if (ArrayBuffer.isView(value)) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
  }
  return String(value);
}

function misused(call: string, problem: string): SafetyError {
  return new SafetyError("ERR_ROLLCAGE_RESPONSE_MISUSED", { call: `${call}()`, problem });
}
