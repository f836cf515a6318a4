import type { Route } from "../exchange/site.ts";
import { addHeader } from "../response/head.ts";
import { exchangeOf, type SafeResponse } from "../response/safe-response.ts";
import { endWithoutBody } from "../response/write.ts";
import type { TemplatedApp } from "../uws-types.ts";
import { answerStatus } from "./answer-error.ts";
import { callSite } from "./call-site.ts";
import { parseRoute, routerPattern } from "./parse-route.ts";
import type { SafetyOptions } from "./resolve-options.ts";
import type { SafeHandler, SafeHandlerFunction } from "./safe-handler.ts";

export type RouteMethod = "get" | "post" | "put" | "patch" | "del" | "options" | "head" | "any";

export type AddRoute = (
  pattern: string,
  handler: SafeHandlerFunction,
  options?: SafetyOptions,
) => Routes;

/** Registers safe handlers on an app; what nobody registered is answered as HTTP asks. */
export type Routes = { readonly [Method in RouteMethod]: AddRoute };

export interface RouteDefinition {
  readonly route: Route;
  readonly handler: SafeHandlerFunction;
  readonly options?: SafetyOptions | undefined;
  /** File and line, for reports. */
  readonly definedAt: string;
}

/** Makes the handler of one route. */
export type RouteHandlerFactory = (definition: RouteDefinition) => SafeHandler;

/**
 * In µWS itself a request that matches no route costs the client its connection. Here `HEAD` is answered
 * wherever `GET` is, `OPTIONS` names the methods of a route, other methods get 405, other paths 404.
 */
export function createRoutes(app: TemplatedApp, createHandler: RouteHandlerFactory): Routes {
  const methodsOf = new Map<string, Set<RouteMethod>>();

  const register = (method: RouteMethod, pattern: string, handler: SafeHandler): void => {
    app[method](pattern, handler);
  };

  const addTo = (method: RouteMethod): AddRoute => {
    const add: AddRoute = (pattern, handler, options) => {
      const definedAt = callSite(add);
      const create = (as: RouteMethod) =>
        createHandler({ route: parseRoute(as, pattern), handler, options, definedAt });
      const key = routerPattern(pattern);
      const methods = methodsOf.get(key) ?? new Set();
      // µWS asks the routes for any method last, so this is what nobody else takes.
      if (methods.size === 0 && method !== "any") {
        register(
          "any",
          pattern,
          ownHandler(pattern, (res) => answerMethods(res, methods)),
        );
      }
      methodsOf.set(key, methods.add(method));
      register(method, pattern, create(method));
      if (method === "get" && !methods.has("head")) register("head", pattern, create("head"));
      return routes;
    };
    return add;
  };

  const ownHandler = (pattern: string, handler: SafeHandlerFunction): SafeHandler =>
    createHandler({ route: parseRoute("any", pattern), handler, definedAt: "in rollcage" });

  const routes: Routes = {
    get: addTo("get"),
    post: addTo("post"),
    put: addTo("put"),
    patch: addTo("patch"),
    del: addTo("del"),
    options: addTo("options"),
    head: addTo("head"),
    any: addTo("any"),
  };
  register("any", "/*", ownHandler("/*", answerNotFound));
  return routes;
}

/** `OPTIONS`, and methods that a path does not have. */
function answerMethods(res: SafeResponse, methods: ReadonlySet<RouteMethod>): void {
  const exchange = exchangeOf(res);
  addHeader(exchange, "allow", allowedMethods(methods));
  if (exchange.method !== "options") return answerStatus(exchange, 405);
  res.writeStatus("204 No Content");
  endWithoutBody(exchange, undefined, false);
}

function answerNotFound(res: SafeResponse): void {
  answerStatus(exchangeOf(res), 404);
}

/** The value of `Allow`: what is registered, and what follows from it. */
function allowedMethods(methods: ReadonlySet<RouteMethod>): string {
  const names = new Set<string>();
  for (const method of methods) {
    names.add(method === "del" ? "DELETE" : method.toUpperCase());
    if (method === "get") names.add("HEAD");
  }
  return [...names.add("OPTIONS")].join(", ");
}
