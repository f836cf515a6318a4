import type { IncomingMessage, ServerResponse } from "node:http";
import { formatAddress } from "../../src/internal/format-address.ts";
import { unmapAddress } from "../../src/internal/ip-address.ts";
import { isThenable } from "../../src/internal/is-thenable.ts";
import { HttpError, SafetyError } from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { answerStatus } from "../handlers/answer-error.ts";
import { checkFunction } from "../handlers/check-function.ts";
import type { SafeHandlerFunction } from "../handlers/safe-handler.ts";
import type { SafeRequest } from "../request/safe-request.ts";
import { addHeader, setStatus } from "../response/head.ts";
import { remoteAddress } from "../response/native-callbacks.ts";
import { exchangeOf, type SafeResponse } from "../response/safe-response.ts";
import { statusLine } from "../response/status-line.ts";
import { ConnectRequest } from "./connect-request.ts";
import { ConnectResponse } from "./connect-response.ts";
import { ResponseWriter } from "./response-writer.ts";
import { StubSocket } from "./stub-socket.ts";

/**
 * Middleware as Connect and Express know it.
 *
 * A method, because Express middleware expects more of a request than Node gives it: what it really uses shows when
 * it runs.
 */
export type ConnectMiddleware = {
  call(req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void): unknown;
}["call"];

/** Runs `middleware` on Node's own request and response, which stand on a µWS exchange. */
export function createConnectHandler(
  middleware: ConnectMiddleware,
  next: SafeHandlerFunction | undefined,
): SafeHandlerFunction {
  checkFunction("the middleware", middleware);
  return (res, req) => {
    const exchange = exchangeOf(res);
    exchange.promised = true;
    const { request, response } = openBridge(exchange, req);
    const proceedWith = createNext({ exchange, response, next, res, req });
    try {
      const result: unknown = middleware(request, response, proceedWith);
      if (isThenable(result)) {
        result.then(undefined, (error: unknown) =>
          exchange.site.fail(exchange, toHttpError(error)),
        );
      }
    } catch (error) {
      exchange.site.fail(exchange, toHttpError(error));
    }
  };
}

interface Bridge {
  readonly request: ConnectRequest;
  readonly response: ConnectResponse;
}

function openBridge(exchange: Exchange, req: SafeRequest): Bridge {
  const writer = new ResponseWriter(exchange);
  const socket = new StubSocket({
    address: addressOf(exchange),
    port: exchange.raw.getRemotePort?.() ?? 0,
    write: (bytes, done) => writer.write(bytes, done),
    onDestroy: () => writer.abandon(),
  });
  const request = new ConnectRequest(socket, exchange, req);
  const response = new ConnectResponse(request, socket);
  // As Node's server does it, for timeouts that were asked for.
  socket.on("timeout", () => {
    const isHeard = !request.complete && request.emit("timeout", socket);
    if (!response.emit("timeout", socket) && !isHeard) socket.destroy();
  });
  response.on("finish", () => {
    writer.end();
    // As in Node's server: a body that nobody wanted is thrown away.
    request.resume();
  });
  exchange.onFinished(() => {
    // With the socket go the response, which says "close", and a request whose client has left.
    const isComplete = exchange.phase === "ended" && writer.answers;
    if (isComplete && !response.writableFinished) response.once("finish", () => socket.destroy());
    else socket.destroy();
    if (exchange.phase === "aborted") request.destroy();
  });
  return { request, response };
}

interface NextContext {
  readonly exchange: Exchange;
  readonly response: ConnectResponse;
  readonly next: SafeHandlerFunction | undefined;
  readonly res: SafeResponse;
  readonly req: SafeRequest;
}

/** What the middleware calls when it is not the one who answers. Only the first call counts. */
function createNext(context: NextContext): (error?: unknown) => void {
  const { exchange, response } = context;
  let called = false;
  return (error) => {
    if (called) return;
    called = true;
    if (error) return exchange.site.fail(exchange, toHttpError(error));
    if (exchange.done || response.headersSent) return;
    try {
      proceed(context);
    } catch (thrown) {
      exchange.site.fail(exchange, thrown);
    }
  };
}

function proceed({ exchange, response, next, res, req }: NextContext): void {
  carryOver(response, exchange);
  if (next === undefined) return answerStatus(exchange, 404);
  exchange.observe(next(res, req));
}

/** What the middleware has set on its response goes on to the answer. */
function carryOver(response: ConnectResponse, exchange: Exchange): void {
  if (response.statusCode !== 200) setStatus(exchange, statusLine(response.statusCode));
  for (const [name, value] of Object.entries(response.getHeaders())) {
    for (const line of Array.isArray(value) ? value : [value]) {
      addHeader(exchange, name, String(line));
    }
  }
}

/** Errors of middleware carry their status as Express and `http-errors` have it. */
function toHttpError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof SafetyError) return error;
  const { status, statusCode, headers } = error as Error & Partial<HttpErrorShape>;
  const wanted = status ?? statusCode;
  if (wanted === undefined) return error;
  return new HttpError(wanted, error.message, { headers, cause: error });
}

interface HttpErrorShape {
  readonly status: number;
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
}

function addressOf(exchange: Exchange): string | undefined {
  const address = formatAddress(new Uint8Array(remoteAddress(exchange, "getRemoteAddress")));
  return address && unmapAddress(address);
}
