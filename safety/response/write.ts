import { SafetyError } from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { toBody, toBytes, type Body } from "./body.ts";
import type { RecognizedString, us_socket_context_t } from "../uws-types.ts";
import { beginBody, isBodiless, writeHead } from "./head.ts";

// The calls that put something on the wire. Each looks at the phase first, so that none reaches a native
// response that has ended, and each is corked.

export function end(
  exchange: Exchange,
  given: RecognizedString | undefined,
  closing: boolean,
): void {
  if (exchange.done) return exchange.misused("end");
  if (exchange.size !== undefined) return cutShort(exchange, "end", inSizedBody(exchange.size));
  const body = toBody("end", given);
  if (exchange.corked) endNow(exchange, body, closing);
  else exchange.raw.cork(() => endNow(exchange, body, closing));
}

function endNow(exchange: Exchange, body: Body, closing: boolean): void {
  const atOnce = exchange.phase === "head";
  if (atOnce) {
    exchange.closeAfter ||= closing;
    if (isBodiless(exchange)) {
      if (exchange.isHead) exchange.contentLength ??= String(Buffer.byteLength(body));
      return endBodiless(exchange);
    }
    writeHead(exchange);
  }
  exchange.body?.resume();
  if (isBodiless(exchange)) exchange.raw.endWithoutBody();
  else if (exchange.closeAfter && atOnce) exchange.raw.end(body, true);
  else {
    if (exchange.closeAfter) stopReading(exchange);
    exchange.raw.end(body);
  }
  exchange.settle("ended");
}

/**
 * µWS cannot be asked to close behind a body that has begun. A socket that is not read any more takes no further
 * request either, and is closed when it has been idle for about ten seconds, if the client has not done so before.
 */
function stopReading({ raw }: Exchange): void {
  raw.pause();
}

export function endWithoutBody(
  exchange: Exchange,
  reportedContentLength: number | undefined,
  closing: boolean,
): void {
  if (exchange.done) return exchange.misused("endWithoutBody");
  if (exchange.phase === "body") return end(exchange, undefined, closing);
  exchange.closeAfter ||= closing;
  if (reportedContentLength !== undefined) exchange.contentLength = String(reportedContentLength);
  // Without a length, and without a status that needs none, the client would wait for a body.
  if (!isBodiless(exchange)) exchange.contentLength ??= "0";
  if (exchange.corked) endBodiless(exchange);
  else exchange.raw.cork(() => endBodiless(exchange));
}

/** `endWithoutBody(n)` with n > 0 never finishes the response; a header of our own and no argument does. */
function endBodiless(exchange: Exchange): void {
  const { raw, contentLength, closeAfter } = exchange;
  writeHead(exchange);
  if (contentLength !== undefined && !closeAfter) raw.writeHeader("content-length", contentLength);
  exchange.body?.resume();
  // The flag that closes is read only behind a number.
  if (closeAfter) raw.endWithoutBody(0, true);
  else raw.endWithoutBody();
  exchange.settle("ended");
}

export function tryEnd(
  exchange: Exchange,
  given: RecognizedString,
  totalSize: number,
): [boolean, boolean] {
  if (exchange.done) {
    exchange.misused("tryEnd");
    return [true, true];
  }
  const chunk = toBody("tryEnd", given);
  if (exchange.phase === "body" && exchange.size === undefined) {
    // In a body of chunks µWS would take this part for the last one, whatever the total size.
    if (toBytes(chunk).length === totalSize) end(exchange, chunk, false);
    else cutShort(exchange, "tryEnd", "write has sent a part of a body of unknown size");
    return [true, true];
  }
  let result: [boolean, boolean] = [true, true];
  corked(exchange, () => {
    if (exchange.phase === "head") {
      if (isBodiless(exchange)) {
        exchange.contentLength = exchange.isHead ? String(totalSize) : undefined;
        return endBodiless(exchange);
      }
      beginBody(exchange);
      exchange.size = totalSize;
    }
    exchange.body?.resume();
    const size = exchange.size ?? totalSize;
    if (exchange.closeAfter) {
      const offset = exchange.raw.getWriteOffset();
      if (offset + toBytes(chunk).length >= size) stopReading(exchange);
    }
    result = exchange.raw.tryEnd(chunk, size);
    if (result[1]) exchange.settle("ended");
  });
  return result;
}

/** `tryEnd` does not mix with the other calls: the client would wait for ever, or miss the end of the body. */
function cutShort(exchange: Exchange, call: string, problem: string): void {
  const details = { call: `${call}()`, problem };
  exchange.site.fail(exchange, new SafetyError("ERR_ROLLCAGE_RESPONSE_MISUSED", details));
}

function inSizedBody(size: number): string {
  return `tryEnd has sent a part of a body of ${size} bytes`;
}

/** @returns Whether the client keeps up. */
export function write(exchange: Exchange, given: RecognizedString): boolean {
  if (exchange.done) {
    exchange.misused("write");
    return false;
  }
  if (exchange.size !== undefined) {
    cutShort(exchange, "write", inSizedBody(exchange.size));
    return false;
  }
  const chunk = toBody("write", given);
  let keepsUp = true;
  corked(exchange, () => {
    if (exchange.phase === "head") {
      beginBody(exchange);
    }
    if (!isBodiless(exchange)) keepsUp = exchange.raw.write(chunk);
  });
  return keepsUp;
}

/** Closes the connection at once. Abort listeners run. */
export function close(exchange: Exchange): void {
  if (exchange.done) return exchange.misused("close");
  exchange.settle("aborted");
  exchange.raw.close();
}

export interface UpgradeArguments<UserData> {
  readonly userData: UserData;
  readonly key: RecognizedString;
  readonly protocol: RecognizedString;
  readonly extensions: RecognizedString;
  readonly context: us_socket_context_t;
}

export function upgrade<UserData>(
  exchange: Exchange,
  { userData, key, protocol, extensions, context }: UpgradeArguments<UserData>,
): void {
  if (exchange.done) return exchange.misused("upgrade");
  corked(exchange, () => {
    writeHead(exchange);
    exchange.raw.upgrade(userData, key, protocol, extensions, context);
    exchange.settle("ended");
  });
}

/** Runs `action` inside a cork. What it throws comes out here, not in native code. */
export function corked(exchange: Exchange, action: () => void): void {
  if (exchange.corked) return action();
  let failure: { readonly error: unknown } | undefined;
  exchange.raw.cork(() => {
    exchange.corked = true;
    try {
      action();
    } catch (error) {
      failure = { error };
    } finally {
      exchange.corked = false;
    }
  });
  if (failure !== undefined) throw failure.error;
}
