import { isThenable } from "../../src/internal/is-thenable.ts";
import { SafetyError } from "../errors.ts";
import { Exchange } from "../exchange/exchange.ts";
import type { LoadGate } from "../exchange/load-gate.ts";
import type { HandlerSite } from "../exchange/site.ts";
import { SafeRequest } from "../request/safe-request.ts";
import { exchangeOf, SafeResponse } from "../response/safe-response.ts";
import type { HttpRequest, HttpResponse } from "../uws-types.ts";
import { answerStatus } from "./answer-error.ts";
import { checkFunction } from "./check-function.ts";
import { mayReadLater } from "./late-reads.ts";
import { parseRoute } from "./parse-route.ts";

/** What `safeHandler` takes: an ordinary function, async or not. */
export type SafeHandlerFunction = (res: SafeResponse, req: SafeRequest) => unknown;

/** What `safeHandler` returns: a plain µWS handler. */
export type SafeHandler = (res: HttpResponse, req: HttpRequest) => void;

/** Under this key a handler can be told where it is registered; it returns the handler to register. */
const ROUTE = Symbol.for("rollcage.route");

/** A handler that cannot read a copy gets some all the same, to see whether the toolkit reads them for it. */
const COPIES = 100;

/** What a handler was made of. */
export interface HandlerDefinition {
  readonly handler: SafeHandlerFunction;
  readonly site: HandlerSite;
}

const definitions = new WeakMap<object, HandlerDefinition>();

/** For those who register a handler in their own way; `undefined` for a function that is not one of ours. */
export function definitionOf(handler: object): HandlerDefinition | undefined {
  return definitions.get(handler);
}

/** @throws {TypeError} When the handler is no function. */
export function createHandler(handler: SafeHandlerFunction, site: HandlerSite): SafeHandler {
  checkFunction("the handler", handler);
  const { gate } = site.settings;
  if (!mayReadLater(handler)) site.copies = COPIES;
  const handle: SafeHandler = (raw, request) => {
    const exchange = new Exchange(raw, request, site);
    const { kind } = exchange.framing;
    const admitted = gate === undefined || admit(gate, exchange) ? handler : shed;
    if (kind === "none" || kind === "length") run(admitted, exchange);
    else runLater(admitted, exchange);
  };
  definitions.set(handle, { handler, site });
  return Object.assign(handle, {
    [ROUTE]: (method: string, pattern: string) =>
      createHandler(handler, { ...site, route: parseRoute(method, pattern) }),
  });
}

function admit(gate: LoadGate, exchange: Exchange): boolean {
  if (gate.isOverloaded()) return false;
  gate.enter();
  exchange.onFinished(() => gate.leave());
  return true;
}

/** In place of a handler, when there is too much to do already. */
function shed(res: SafeResponse): void {
  res.writeHeader("retry-after", "1");
  answerStatus(exchangeOf(res), 503);
}

function run(handler: SafeHandlerFunction, exchange: Exchange): void {
  try {
    const result = handler(new SafeResponse(exchange), new SafeRequest(exchange));
    if (isThenable(result)) awaitResult(exchange, result);
    else if (!exchange.settled && !exchange.yielded) returned(exchange);
  } catch (error) {
    exchange.site.fail(exchange, error);
  }
  exchange.corked = false;
  exchange.request = undefined;
}

/**
 * µWS parses chunk sizes and trailers so loosely that a second request can hide in them, and it goes on parsing
 * behind an answer that is given at once. While an answer is pending, another request closes the connection
 * instead. So requests of this kind are answered from a later turn, and the connection ends with the answer.
 */
function runLater(handler: SafeHandlerFunction, exchange: Exchange): void {
  exchange.closeAfter = true;
  exchange.detach();
  exchange.corked = false;
  setImmediate(() => {
    if (exchange.done) return;
    const { framing } = exchange;
    if (framing.kind !== "ambiguous") return run(handler, exchange);
    const { problem } = framing;
    exchange.site.fail(exchange, new SafetyError("ERR_ROLLCAGE_FRAMING_AMBIGUOUS", { problem }));
  });
}

function awaitResult(exchange: Exchange, result: PromiseLike<unknown>): void {
  // Answered already, but the handler goes on, and may still read the request.
  if (exchange.settled) exchange.saveRequest();
  else exchange.detach();
  result.then(
    () => {
      if (exchange.phase === "head" && !exchange.promised) noResponse(exchange);
    },
    (error: unknown) => exchange.site.fail(exchange, error),
  );
}

/** A synchronous handler came back without an answer; what it registered says whether one will come. */
function returned(exchange: Exchange): void {
  if (exchange.phase !== "head" || exchange.promised || exchange.watched) exchange.detach();
  else noResponse(exchange);
}

function noResponse(exchange: Exchange): void {
  const { definedAt } = exchange.site;
  const { route } = exchange.describe();
  exchange.site.fail(
    exchange,
    new SafetyError("ERR_ROLLCAGE_HANDLER_NO_RESPONSE", { route, definedAt }),
  );
}
