import type ultimateExpress from "ultimate-express";

import { createApplication } from "./create-application.ts";
import { loadEngine, type Statics } from "./load-engine.ts";

const STATICS = [
  "Router",
  "application",
  "json",
  "raw",
  "request",
  "response",
  "static",
  "text",
  "urlencoded",
] as const;

/**
 * Creates an Express app on µWebSockets.js: `ultimate-express`, with its API unchanged.
 *
 * Nothing native is loaded before the first call or the first use of a static such as `express.Router`.
 *
 * @throws {RollcageError} `ERR_ROLLCAGE_ENGINE_UNAVAILABLE` when no binary fits this machine,
 *   `ERR_ROLLCAGE_HTTP3_UNSUPPORTED` for `http3: true`, `ERR_ROLLCAGE_CONFIG_INVALID` for a TLS key
 *   without a certificate or the reverse.
 * @example
 * const app = express({ threads: 0 });
 * app.get("/", (_req, res) => { res.send("hello"); });
 */
export const express: typeof ultimateExpress & Statics = createLazyExpress();

/** The types of `express.Request` and its like, those of Express itself. */
export declare namespace express {
  export type Application = ultimateExpress.Application;
  export type CookieOptions = ultimateExpress.CookieOptions;
  export type Errback = ultimateExpress.Errback;
  export type ErrorRequestHandler<
    P = Params,
    ResBody = Any,
    ReqBody = Any,
    ReqQuery = Query,
    L extends AnyLocals = AnyLocals,
  > = ultimateExpress.ErrorRequestHandler<P, ResBody, ReqBody, ReqQuery, L>;
  export type Express = ultimateExpress.Express;
  export type Handler = ultimateExpress.Handler;
  export type IRoute = ultimateExpress.IRoute;
  export type IRouter = ultimateExpress.IRouter;
  export type IRouterHandler<T> = ultimateExpress.IRouterHandler<T>;
  export type IRouterMatcher<T> = ultimateExpress.IRouterMatcher<T>;
  export type Locals = ultimateExpress.Locals;
  export type MediaType = ultimateExpress.MediaType;
  export type NextFunction = ultimateExpress.NextFunction;
  export type Request<
    P = Params,
    ResBody = Any,
    ReqBody = Any,
    ReqQuery = Query,
    L extends AnyLocals = AnyLocals,
  > = ultimateExpress.Request<P, ResBody, ReqBody, ReqQuery, L>;
  export type RequestHandler<
    P = Params,
    ResBody = Any,
    ReqBody = Any,
    ReqQuery = Query,
    L extends AnyLocals = AnyLocals,
  > = ultimateExpress.RequestHandler<P, ResBody, ReqBody, ReqQuery, L>;
  export type RequestParamHandler = ultimateExpress.RequestParamHandler;
  export type Response<ResBody = Any, L extends AnyLocals = AnyLocals> = ultimateExpress.Response<
    ResBody,
    L
  >;
  export type Router = ultimateExpress.Router;
  export type RouterOptions = ultimateExpress.RouterOptions;
  export type Send = ultimateExpress.Send;
}

type Params = ultimateExpress.Request["params"];
type Query = ultimateExpress.Request["query"];
/** The `any` of Express's own types. */
type Any = ultimateExpress.Request["body"];
type AnyLocals = Record<string, Any>;

function createLazyExpress(): typeof express {
  const lazy = createApplication.bind(undefined);
  for (const name of STATICS) {
    Object.defineProperty(lazy, name, { get: () => loadEngine().statics[name], enumerable: true });
  }
  return lazy as typeof express;
}
