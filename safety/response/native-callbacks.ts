import type { ChunkHandler } from "../exchange/body-source.ts";
import type { Exchange } from "../exchange/exchange.ts";

/** Continues a `tryEnd` when the client has read on. An error in `handler` costs this response only. */
export function onWritable(exchange: Exchange, handler: (offset: number) => boolean): void {
  if (exchange.done) return;
  exchange.promised = true;
  exchange.raw.onWritable((offset) => {
    if (exchange.settled) return true;
    try {
      const written: unknown = handler(offset);
      exchange.observe(written);
      // Forgetting to return anything means that all went well.
      return written !== false;
    } catch (error) {
      exchange.site.fail(exchange, error);
      return true;
    }
  });
}

/** Hands over the body, from its first byte on, whenever this is called. */
export function onData(exchange: Exchange, handler: ChunkHandler): void {
  if (exchange.done) return;
  exchange.promised = true;
  if (exchange.wholeBody !== undefined) return onWholeBody(exchange, exchange.wholeBody, handler);
  const body = exchange.openBody();
  if (body !== undefined) body.consume((chunk, isLast) => exchange.observe(handler(chunk, isLast)));
  // Never inside the call itself, as with a body.
  else queueMicrotask(() => exchange.call(() => handler(new ArrayBuffer(0), true)));
}

/** A parser has taken the body, so it comes in one piece. */
function onWholeBody(exchange: Exchange, body: Promise<Buffer>, handler: ChunkHandler): void {
  body.then(
    (bytes) => exchange.call(() => handler(new Uint8Array(bytes).buffer, true)),
    () => {}, // Whoever called the parser hears why there is none.
  );
}

type AddressMethod =
  | "getRemoteAddress"
  | "getRemoteAddressAsText"
  | "getProxiedRemoteAddress"
  | "getProxiedRemoteAddressAsText";

/** Empty when the response is done: then nobody knows the address any more. */
export function remoteAddress(exchange: Exchange, method: AddressMethod): ArrayBuffer {
  return exchange.settled ? new ArrayBuffer(0) : exchange.raw[method]();
}
