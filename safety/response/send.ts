import type { Exchange } from "../exchange/exchange.ts";
import type { RecognizedString } from "../uws-types.ts";
import { toBody } from "./body.ts";
import { addHeader, hasHeader, setStatus } from "./head.ts";
import { statusLine } from "./status-line.ts";
import { end } from "./write.ts";

export type SendBody = RecognizedString | null | undefined;

export interface SendOptions {
  /** @default 200, or what `writeStatus` set */
  readonly status?: number | undefined;
  /** The content type; without it text is `text/plain; charset=utf-8`, bytes `application/octet-stream`. */
  readonly type?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A whole body with its head, in one call. */
export function send(exchange: Exchange, given: SendBody, options: SendOptions): void {
  if (exchange.done) return exchange.misused("send");
  const body = toBody("send", given);
  noteHead(exchange, options, typeof body === "string" ? TEXT : BYTES);
  end(exchange, body, false);
}

const TEXT = "text/plain; charset=utf-8";
const BYTES = "application/octet-stream";

/** Notes status, type and headers; a type that is there already stays. */
export function noteHead(
  exchange: Exchange,
  { status, type, headers }: SendOptions,
  defaultType: string,
): void {
  if (status !== undefined) setStatus(exchange, statusLine(status));
  if (headers !== undefined) {
    for (const [name, value] of Object.entries(headers)) addHeader(exchange, name, value);
  }
  if (!hasHeader(exchange, "content-type"))
    addHeader(exchange, "content-type", type ?? defaultType);
}
