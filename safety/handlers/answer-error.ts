import { STATUS_CODES } from "node:http";
import Negotiator from "negotiator";
import { HttpError, SafetyError, statusOf } from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { addHeader, hasHeader, noteHeader, resetHead, setStatus } from "../response/head.ts";
import { statusLine } from "../response/status-line.ts";
import { end } from "../response/write.ts";
import { answerAndLinger } from "./linger.ts";

/** Answers with an error in place of whatever was noted. Nothing may be out yet. */
export function answerError(exchange: Exchange, error: SafetyError): void {
  const status = statusOf(error);
  resetHead(exchange);
  exchange.overruled = true;
  exchange.closeAfter ||= endsConnection(error);
  if (error instanceof HttpError) addHeaders(exchange, error.headers);
  const message = messageFor(error, status, exchange.site.settings.exposeErrors);
  answerStatus(exchange, status, message);
}

/**
 * A short answer, in text or JSON as the client prefers.
 *
 * @param message @default the status's reason phrase, such as `Not Found`
 */
export function answerStatus(
  exchange: Exchange,
  status: number,
  message: string = STATUS_CODES[status] ?? "",
): void {
  const json = prefersJson(exchange.requestHeader("accept"));
  const body = json ? JSON.stringify({ status, error: message }) : message;
  setStatus(exchange, statusLine(status));
  if (!hasHeader(exchange, "content-type")) {
    noteHeader(exchange, "content-type", json ? "application/json" : "text/plain; charset=utf-8");
  }
  if (exchange.closeAfter && exchange.body?.complete === false) {
    const { headers = [] } = exchange;
    answerAndLinger(exchange, { statusLine: statusLine(status), headers, body });
  } else {
    end(exchange, body, false);
  }
}

/** Nobody knows, or nobody wants to wait for, where the body of such a request ends. */
function endsConnection(error: SafetyError): boolean {
  return (
    SafetyError.is(error, "ERR_ROLLCAGE_BODY_TOO_LARGE") ||
    SafetyError.is(error, "ERR_ROLLCAGE_FRAMING_AMBIGUOUS")
  );
}

function addHeaders(exchange: Exchange, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    try {
      addHeader(exchange, name, value);
    } catch {
      // An error answer without one of its headers is better than none.
    }
  }
}

function messageFor(error: SafetyError, status: number, expose: boolean): string {
  if (status < 500 || expose) return error.message;
  return STATUS_CODES[status] ?? "Error";
}

/** Text, unless the client says that it would rather have JSON. */
export function prefersJson(accept: string): boolean {
  if (!accept.includes("json")) return false;
  const offered = ["text/plain", "text/html", "application/json", "application/problem+json"];
  const [best] = new Negotiator({ headers: { accept } }).mediaTypes(offered);
  return best?.endsWith("json") === true;
}
