import type { Route } from "../exchange/site.ts";

/** A pattern as µWS's router sees it: parameters are told apart by their place, so `/:id` and `/:name` are the same. */
export function routerPattern(pattern: string): string {
  return pattern.replaceAll(/:[^/]*/gu, ":");
}

/** `("get", "/user/:id")`: what a route's requests have in common. */
export function parseRoute(method: string, pattern: string): Route {
  const names = pattern.split("/").filter((segment) => segment.startsWith(":"));
  return {
    method: method === "del" ? "delete" : method,
    pattern,
    parameterNames: names.map((name) => name.slice(1)),
  };
}
