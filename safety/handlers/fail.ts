import { SafetyError } from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { report, toSafetyError } from "../exchange/report.ts";
import { close } from "../response/write.ts";
import { answerError } from "./answer-error.ts";

/** A handler, or one of its listeners, threw: one report, and one answer where that is still possible. */
export function fail(exchange: Exchange, thrown: unknown): void {
  if (exchange.overruled || isNewsOfAbort(exchange, thrown)) return;
  const context = exchange.describe();
  const error = toSafetyError(thrown, context.route);
  report(error, context, exchange.site.settings.onError);
  if (exchange.phase === "head") answerError(exchange, error);
  // Half an answer is out. Only a closed connection tells the client that it is no whole one.
  else if (exchange.phase === "body") close(exchange);
}

/** Nobody has begun to answer in time. */
export function expire(exchange: Exchange): void {
  const context = exchange.describe();
  const error = new SafetyError("ERR_ROLLCAGE_HANDLER_TIMEOUT", {
    route: context.route,
    timeoutMs: exchange.site.deadlines?.timeoutMs ?? 0,
  });
  report(error, context, exchange.site.settings.onError);
  if (exchange.phase === "head") answerError(exchange, error);
  exchange.abortSignal(error);
}

/** That the client is gone has been told to everyone; a handler that stops because of it has done well. */
function isNewsOfAbort(exchange: Exchange, thrown: unknown): boolean {
  if (exchange.phase !== "aborted") return false;
  if (thrown === exchange.abortReason) return true;
  return (
    SafetyError.is(thrown, "ERR_ROLLCAGE_REQUEST_ABORTED") ||
    (thrown instanceof Error && thrown.name === "AbortError")
  );
}
