import type { HandlerSite } from "../exchange/site.ts";
import { routerPattern } from "../handlers/parse-route.ts";
import type { SafetyOptions } from "../handlers/resolve-options.ts";
import type { SafeHandlerFunction } from "../handlers/safe-handler.ts";
import { checkMethod, type RequestMethod } from "./request-method.ts";

/** A route as it will be registered. */
export interface RouteEntry {
  readonly method: RequestMethod;
  /** With a slash at its beginning. */
  readonly pattern: string;
  readonly handler: SafeHandlerFunction;
  readonly options: SafetyOptions;
  /** Of a handler that had been made safe before. */
  readonly site: HandlerSite | undefined;
  /** File and line, for reports. */
  readonly definedAt: string;
}

/** The routes of an app, each once. */
export class RouteTable {
  readonly #routes = new Map<string, RouteEntry>();

  /** @throws {TypeError} When it is there already, or the method is none. */
  add(route: RouteEntry): void {
    checkMethod(route.method);
    const key = keyOf(route.method, route.pattern);
    const earlier = this.#routes.get(key);
    if (earlier !== undefined) {
      throw new TypeError(
        `Expected ${route.method.toUpperCase()} ${route.pattern} to be registered once, it was already as ${earlier.pattern} (${earlier.definedAt})`,
      );
    }
    this.#routes.set(key, route);
  }

  has(method: RequestMethod, pattern: string): boolean {
    return this.#routes.has(keyOf(method, pattern));
  }

  get all(): Iterable<RouteEntry> {
    return this.#routes.values();
  }
}

function keyOf(method: RequestMethod, pattern: string): string {
  return `${method} ${routerPattern(pattern)}`;
}

/**
 * `"api/status"` becomes `"/api/status"`.
 *
 * @throws {TypeError} For a path that no request could match.
 */
export function toPattern(path: unknown): string {
  if (typeof path !== "string") {
    throw new TypeError(`Expected a path to be a string, got ${typeof path}`);
  }
  const pattern = path.startsWith("/") ? path : `/${path}`;
  if (/[\s?#]/u.test(pattern)) {
    throw new TypeError(`Expected a path without spaces, ? and #, got ${JSON.stringify(path)}`);
  }
  if (/\*./u.test(pattern) || /[^/]\*/u.test(pattern)) {
    throw new TypeError(`Expected * to be the last segment of a path, got ${JSON.stringify(path)}`);
  }
  return pattern;
}
