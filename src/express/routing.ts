import type { IncomingMessage, ServerResponse } from "node:http";

import type { HttpRequest, HttpResponse, TemplatedApp } from "uWebSockets.js";

import { declaresBody, framingOf } from "../../safety/exchange/framing.ts";
import { copyHeaders } from "../../safety/exchange/request-snapshot.ts";

import type { Guard } from "./guard.ts";
import { refuseFraming, refuseNative } from "./refuse.ts";
import type { RepairedResponse } from "./response.ts";
import { answerError } from "./unhandled-error.ts";
import type { Exchange, UpstreamApplication } from "./upstream.ts";

type NativeHandler = (response: HttpResponse, request: HttpRequest) => unknown;

const ROUTES = new Set<string | symbol>([
  "any",
  "get",
  "post",
  "put",
  "patch",
  "del",
  "options",
  "head",
  "connect",
  "trace",
]);

/** Where requests come in. */
export interface Entrance {
  guard: Guard | undefined;
}

/**
 * Repairs the end of routing: upstream does nothing about an error once an answer has begun, so that
 * the client waits for the rest of it, and a rejection inside its router ends the process.
 */
export function repairRouting(app: UpstreamApplication): Entrance {
  const { handleRequest, listen } = app;
  const entrance: Entrance = { guard: undefined };
  let current: Exchange | undefined;

  app.handleRequest = function (nativeResponse, nativeRequest) {
    current = handleRequest.call(this, nativeResponse, nativeRequest);
    return current;
  };

  const watched =
    (handler: NativeHandler): NativeHandler =>
    (nativeResponse, nativeRequest) => {
      if (isAmbiguous(nativeRequest)) {
        refuseFraming(nativeResponse);
        return;
      }
      const { guard } = entrance;
      if (guard?.isOverloaded()) {
        refuseNative(nativeResponse, nativeRequest);
        return;
      }
      const routing = handler(nativeResponse, nativeRequest) as Promise<unknown>;
      const exchange = current;
      if (exchange === undefined) return;
      current = undefined;
      if (guard !== undefined) enter(guard, exchange);
      // Most have answered by now, and their promises stay pending for ever.
      if (exchange.response.finished) {
        routing.catch(logError);
        return;
      }
      routing.then(
        () => answerLateError(app, exchange),
        (error: unknown) => answerError(app, error, exchange),
      );
    };

  app.listen = (...args) => {
    // Routes are registered in there. Those that the application registers itself are its own.
    const native = app.uwsApp;
    app.uwsApp = withHandlers(native, watched);
    try {
      return listen.apply(app, args);
    } finally {
      app.uwsApp = native;
    }
  };
  return entrance;
}

/** As node:http refuses it; µWebSockets.js takes the first length, and any transfer encoding for chunked. */
function isAmbiguous(request: HttpRequest): boolean {
  return declaresBody(request) && framingOf(copyHeaders(request)).kind === "ambiguous";
}

function logError(error: unknown): void {
  // oxlint-disable-next-line no-console
  console.error(error);
}

/** Most answers have begun before their handlers return: they need no deadline. */
function enter(guard: Guard, { request, response }: Exchange): void {
  const { beginListener, headersSent, finished } = response as RepairedResponse;
  if (headersSent || finished || beginListener !== undefined) return;
  guard.enter(request as unknown as IncomingMessage, response as unknown as ServerResponse);
}

function answerLateError(app: UpstreamApplication, exchange: Exchange): void {
  const { request, response } = exchange;
  if (request._error && response.headersSent && !response.finished) {
    answerError(app, request._error, exchange);
  }
}

function withHandlers(
  native: TemplatedApp,
  wrap: (handler: NativeHandler) => NativeHandler,
): TemplatedApp {
  return new Proxy(native, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      if (!ROUTES.has(name)) return member.bind(target);
      return (pattern: string, handler: unknown): unknown =>
        member.call(
          target,
          pattern,
          typeof handler === "function" ? wrap(handler as NativeHandler) : handler,
        );
    },
  });
}
