import { isThenable } from "../../src/internal/is-thenable.ts";
import { SafetyError } from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { report } from "../exchange/report.ts";
import { messageOf } from "../exchange/thrown.ts";
import type { SafeHandlerFunction } from "../handlers/safe-handler.ts";
import type { SafeRequest } from "../request/safe-request.ts";
import { exchangeOf, type SafeResponse } from "../response/safe-response.ts";
import type { Plugin, ResponseSummary } from "./plugin.ts";

type RequestPlugin = Plugin & Required<Pick<Plugin, "onRequest">>;
type ResponsePlugin = Plugin & Required<Pick<Plugin, "onResponse">>;

/** Puts the plugins around a handler. Without a hook for requests it stays the very same function. */
export function withPlugins(
  handler: SafeHandlerFunction,
  plugins: readonly Plugin[],
): SafeHandlerFunction {
  return notifying(guardedBy(handler, plugins), plugins);
}

/** Runs the `onRequest` hooks before the handler. */
export function guardedBy(
  handler: SafeHandlerFunction,
  plugins: readonly Plugin[],
): SafeHandlerFunction {
  const guards = plugins.filter((plugin): plugin is RequestPlugin => !!plugin.onRequest);
  if (guards.length === 0) return handler;
  const runFrom = (first: number, res: SafeResponse, req: SafeRequest): unknown => {
    for (let index = first; index < guards.length; index++) {
      const result = ask(guards[index]!, res, req);
      if (isThenable(result)) {
        return result.then(() => (res.headersSent ? undefined : runFrom(index + 1, res, req)));
      }
      // Answered or refused; or the client left, and nobody needs an answer.
      if (res.headersSent) return undefined;
    }
    return handler(res, req);
  };
  return (res, req) => runFrom(0, res, req);
}

function ask(plugin: RequestPlugin, res: SafeResponse, req: SafeRequest): unknown {
  const blame = (error: unknown): never => {
    throw named(error, plugin, exchangeOf(res));
  };
  try {
    const result = plugin.onRequest(res, req);
    return isThenable(result) ? result.then(undefined, blame) : undefined;
  } catch (error) {
    return blame(error);
  }
}

/** Runs the `onResponse` hooks when the response is over. */
function notifying(handler: SafeHandlerFunction, plugins: readonly Plugin[]): SafeHandlerFunction {
  const listeners = plugins.filter((plugin): plugin is ResponsePlugin => !!plugin.onResponse);
  if (listeners.length === 0) return handler;
  return (res, req) => {
    const exchange = exchangeOf(res);
    exchange.onFinished(() => {
      const summary = summarize(exchange);
      for (const plugin of listeners) tell(plugin, { res, req, summary, exchange });
    });
    return handler(res, req);
  };
}

interface Finished {
  readonly res: SafeResponse;
  readonly req: SafeRequest;
  readonly summary: ResponseSummary;
  readonly exchange: Exchange;
}

function tell(plugin: ResponsePlugin, { res, req, summary, exchange }: Finished): void {
  // Nobody waits for it: there is an answer already.
  const blame = (error: unknown) =>
    report(named(error, plugin, exchange), exchange.describe(), exchange.site.settings.onError);
  try {
    const result: unknown = plugin.onResponse(res, req, summary);
    if (!isThenable(result)) return;
    exchange.saveRequest();
    result.then(undefined, blame);
  } catch (error) {
    blame(error);
  }
}

function summarize(exchange: Exchange): ResponseSummary {
  if (exchange.phase === "aborted") return { status: undefined };
  return { status: exchange.status === undefined ? 200 : Number.parseInt(exchange.status, 10) };
}

/** A status that the plugin chose, and what the toolkit itself found wrong, stay what they are. */
function named(error: unknown, plugin: Plugin, exchange: Exchange): SafetyError {
  if (error instanceof SafetyError) return error;
  const { route } = exchange.describe();
  const message = `plugin ${plugin.name}: ${messageOf(error)}`;
  return new SafetyError("ERR_ROLLCAGE_HANDLER_THREW", { route, message }, { cause: error });
}
