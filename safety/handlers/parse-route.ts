import type { Route } from "../exchange/site.ts";

/** `("get", "/user/:id")`: what a route's requests have in common. */
export function parseRoute(method: string, pattern: string): Route {
  const names = pattern.split("/").filter((segment) => segment.startsWith(":"));
  return {
    method: method === "del" ? "delete" : method,
    pattern,
    parameterNames: names.map((name) => name.slice(1)),
  };
}
