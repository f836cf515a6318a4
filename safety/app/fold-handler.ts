import { isThenable } from "../../src/internal/is-thenable.ts";
import { parseBody } from "../body/parse-body.ts";
import { parseJson } from "../body/parse-json.ts";
import type { SafeHandlerFunction } from "../handlers/safe-handler.ts";
import type { SafeRequest } from "../request/safe-request.ts";
import type { SafeResponse } from "../response/safe-response.ts";
import { HandlerFlags, hasFlag } from "./flags.ts";

/** A handler; with `HandlerFlags.ReadBody` it is given the body. */
export type AppHandler<Body = unknown> = (
  res: SafeResponse,
  req: SafeRequest,
  body: Body,
) => unknown;

/**
 * Makes one function out of a handler and its flags, so that nobody looks at flags while a request runs. A handler
 * without flags stays the very same function.
 */
export function foldHandler(handler: AppHandler<never>, flags: HandlerFlags): SafeHandlerFunction {
  let folded = foldBody(handler, flags);
  if (hasFlag(flags, HandlerFlags.Json)) folded = answeringJson(folded);
  if (hasFlag(flags, HandlerFlags.NoCache)) folded = notCached(folded);
  return folded;
}

function foldBody(handler: AppHandler<never>, flags: HandlerFlags): SafeHandlerFunction {
  if (!hasFlag(flags, HandlerFlags.ReadBody)) {
    // Whoever did not ask for a body has no third parameter that could be wrong.
    return handler as SafeHandlerFunction;
  }
  const read = hasFlag(flags, HandlerFlags.Json) ? parseJson<never> : parseBody;
  return async (res, req) => handler(res, req, (await read(res)) as never);
}

function answeringJson(handler: SafeHandlerFunction): SafeHandlerFunction {
  return (res, req) => {
    const value = handler(res, req);
    if (isThenable(value)) return value.then((later) => answerJson(res, later));
    return answerJson(res, value);
  };
}

/** Nothing for a handler that has answered itself, or returns the response that it has begun to work on. */
function answerJson(res: SafeResponse, value: unknown): void {
  if (value !== undefined && value !== res && !res.headersSent) res.json(value);
}

function notCached(handler: SafeHandlerFunction): SafeHandlerFunction {
  return (res, req) => {
    res.writeHeader("cache-control", "no-cache, no-store");
    return handler(res, req);
  };
}
