import { headerName, headerValue } from "../exchange/header-syntax.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { RecognizedString } from "../uws-types.ts";

/** The head is held in the exchange until the body begins; these two only note what it shall be. */
export function setStatus(exchange: Exchange, status: RecognizedString): void {
  if (headIsOut(exchange, "writeStatus")) return;
  exchange.status = headerValue("writeStatus", status);
}

export function addHeader(
  exchange: Exchange,
  name: RecognizedString,
  value: RecognizedString,
): void {
  if (headIsOut(exchange, "writeHeader")) return;
  const key = headerName(name);
  const text = headerValue("writeHeader", value);
  // µWS frames the body itself: a second Content-Length would be a message that two readers cut differently.
  if (key.length === 14 && key.toLowerCase() === "content-length") exchange.contentLength = text;
  else if (key.length === 17 && key.toLowerCase() === "transfer-encoding") return;
  else noteHeader(exchange, key, text);
}

/** For the toolkit itself: name and value are not checked. */
export function noteHeader(exchange: Exchange, name: string, value: string): void {
  if (exchange.headers === undefined) exchange.headers = [name, value];
  else exchange.headers.push(name, value);
}

export function hasHeader(exchange: Exchange, name: string): boolean {
  return getHeader(exchange, name) !== undefined;
}

/** @param name In lower case. */
export function getHeader(exchange: Exchange, name: string): string | undefined {
  const { headers } = exchange;
  if (headers === undefined) return undefined;
  for (let index = 0; index < headers.length; index += 2) {
    const key = headers[index];
    if (key?.length === name.length && key.toLowerCase() === name) return headers[index + 1];
  }
  return undefined;
}

/** All lines of a header that may have several, as one. @param name In lower case. */
export function joinHeader({ headers = [] }: Exchange, name: string): string | undefined {
  const values: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index]?.toLowerCase() === name) values.push(headers[index + 1]!);
  }
  return values.length === 0 ? undefined : values.join(", ");
}

/** Sets a header that there is only one of. For the toolkit itself: name and value are not checked. */
export function replaceHeader(exchange: Exchange, name: string, value: string): void {
  const { headers = [] } = exchange;
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index]?.toLowerCase() !== name) continue;
    headers[index + 1] = value;
    return;
  }
  noteHeader(exchange, name, value);
}

/** Forgets what was noted, so that another answer can be given. */
export function resetHead(exchange: Exchange): void {
  exchange.status = undefined;
  exchange.headers = undefined;
  exchange.contentLength = undefined;
}

/** Hands the head to µWS, inside a cork. */
export function writeHead(exchange: Exchange): void {
  const { raw, status, headers } = exchange;
  if (status !== undefined) raw.writeStatus(status);
  if (headers !== undefined) {
    for (let index = 0; index < headers.length; index += 2) {
      raw.writeHeader(headers[index]!, headers[index + 1]!);
    }
  }
}

/** The head goes out before the end of the body is known. */
export function beginBody(exchange: Exchange): void {
  writeHead(exchange);
  // Asked for at the end, µWS would write this header into the middle of the body.
  if (exchange.closeAfter) exchange.raw.writeHeader("connection", "close");
  exchange.begin();
}

/** Answers of these kinds have no body, and 204 and 1xx no length either (RFC 9110 section 8.6). */
export function isBodiless(exchange: Exchange): boolean {
  if (exchange.isHead) return true;
  const { status } = exchange;
  return (
    status !== undefined &&
    (status.startsWith("204") || status.startsWith("304") || status.startsWith("1"))
  );
}

function headIsOut(exchange: Exchange, call: string): boolean {
  if (exchange.phase === "head") return false;
  exchange.misused(call);
  return true;
}
