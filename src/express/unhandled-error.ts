import { createRequire } from "node:module";

import type {
  ErrorHandler,
  HandleError,
  ParamCallback,
  UpstreamRequest,
  UpstreamResponse,
  UpstreamRouter,
} from "./upstream.ts";

type FinalHandler = (
  request: UpstreamRequest,
  response: ReturnType<typeof unlessAnswered>,
  options: { env: unknown; onerror: (error: unknown) => void },
) => (error?: unknown) => void;

const require = createRequire(import.meta.url);

/** Repairs what happens to errors in all routers, those of `express.Router()` too. */
export function repairErrors(router: UpstreamRouter): void {
  const { _handleError: handleError, param } = router;
  router._handleError = passFailureOn(handleError);
  router._sendErrorPage = answerNotFound;
  router.param = function (name, callback) {
    return param.call(this, name, callback && catchParamErrors(callback));
  };
}

/**
 * An error handler that throws or rejects ends the process upstream; in Express the new error goes to
 * the next one. An error that nobody handles is answered as Express does: with the status and headers
 * that it names, and nothing of it as markup.
 */
function passFailureOn(upstream: HandleError): HandleError {
  return function (error, handler, request, response) {
    if (handler === null) return answerError(this, error, { request, response });
    const guarded: ErrorHandler = (...args) => callSafely(() => handler(...args), args[3]);
    return upstream.call(this, error, guarded, request, response);
  };
}

/** Throws in `app.param` callbacks end the process upstream: they run in an unwatched promise. */
function catchParamErrors(callback: ParamCallback): ParamCallback {
  return (...args) => callSafely(() => callback(...args), args[2]);
}

function callSafely(run: () => unknown, next: (error: unknown) => void): void {
  try {
    const result = run();
    if (result instanceof Promise) result.catch((error: unknown) => next(reasonOf(error)));
  } catch (error) {
    next(reasonOf(error));
  }
}

/** `next(undefined)` would mean that nothing went wrong. */
function reasonOf(error: unknown): unknown {
  return error || new Error("Rejected promise");
}

/** The answer to an error that no handler took; closes the connection if an answer has begun. */
export function answerError(
  router: UpstreamRouter,
  error: unknown,
  exchange: { request: UpstreamRequest; response: UpstreamResponse },
): void {
  answer(router, exchange.request, exchange.response)(reasonOf(error));
}

function answerNotFound(
  this: UpstreamRouter,
  request: UpstreamRequest,
  response: UpstreamResponse,
): void {
  answer(this, request, response)();
}

function answer(router: UpstreamRouter, request: UpstreamRequest, response: UpstreamResponse) {
  // Loaded with the engine, of which the cluster primary has no need.
  const finalHandler: FinalHandler = require("finalhandler");
  const env = router.get("env");
  return finalHandler(request, unlessAnswered(response), {
    env,
    onerror(error) {
      // As Express does.
      // oxlint-disable-next-line no-console
      if (env !== "test") console.error(error instanceof Error ? error.stack : String(error));
    },
  });
}

/**
 * What finalhandler uses of a response. It waits for the end of the request first; should somebody have
 * answered by then, what it does would throw where nobody can catch it.
 */
function unlessAnswered(response: UpstreamResponse) {
  const isOpen = () => !response.headersSent && !response.finished;
  return {
    get headersSent() {
      return response.headersSent;
    },
    get statusCode() {
      return response.statusCode;
    },
    set statusCode(status: number) {
      if (isOpen()) response.statusCode = status;
    },
    set statusMessage(message: string | undefined) {
      if (isOpen()) response.statusText = message;
    },
    removeHeader(name: string): void {
      if (isOpen()) response.removeHeader(name);
    },
    setHeader(name: string, value: unknown): void {
      if (isOpen()) response.setHeader(name, value);
    },
    end(body?: string, encoding?: BufferEncoding): void {
      if (isOpen()) response.end(body, encoding as never);
    },
  };
}
