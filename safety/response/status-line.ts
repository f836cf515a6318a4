import { STATUS_CODES } from "node:http";
import { SafetyError } from "../errors.ts";

const lines = new Map<number, string>();
for (const [code, reason] of Object.entries(STATUS_CODES)) {
  lines.set(Number(code), `${code} ${reason}`);
}

/**
 * `404` becomes `"404 Not Found"`.
 *
 * @throws {SafetyError} `ERR_ROLLCAGE_RESPONSE_MISUSED` for what has not three digits.
 */
export function statusLine(status: number): string {
  return lines.get(status) ?? unknownStatus(status);
}

function unknownStatus(status: number): string {
  if (Number.isInteger(status) && status >= 100 && status <= 999) return `${status} Unknown`;
  throw new SafetyError("ERR_ROLLCAGE_RESPONSE_MISUSED", {
    call: "writeStatus()",
    problem: `expected a whole number from 100 to 999, got ${String(status)}`,
  });
}
