import type { HttpRequest } from "../uws-types.ts";
import type { Route } from "./site.ts";

/** What needs no copying any more. */
export interface KnownOfRequest {
  readonly method: string;
  readonly route: Route;
  readonly headers: readonly string[] | undefined;
}

/** Names and values in turn, in the order of arrival. */
export function copyHeaders(request: HttpRequest): readonly string[] {
  const headers: string[] = [];
  request.forEach((name, value) => {
    headers.push(name, value);
  });
  return headers;
}

/** A copy of what µWS takes away when a handler first returns. */
export class RequestSnapshot {
  readonly method: string;
  readonly caseSensitiveMethod: string;
  readonly url: string;
  readonly query: string;
  readonly #headers: readonly string[];
  readonly #parameters: readonly string[];
  readonly #route: Route;

  constructor(request: HttpRequest, { method, route, headers }: KnownOfRequest) {
    this.method = method;
    this.caseSensitiveMethod = request.getCaseSensitiveMethod();
    this.url = request.getUrl();
    this.query = request.getQuery();
    this.#route = route;
    this.#parameters = copyParameters(request, route);
    this.#headers = headers ?? copyHeaders(request);
  }

  getHeader(name: string): string {
    const headers = this.#headers;
    for (let index = 0; index < headers.length; index += 2) {
      if (headers[index] === name) return headers[index + 1]!;
    }
    return "";
  }

  /** Like µWS, `""` for a parameter that is not there. */
  getParameter(key: number | string): string {
    const index = typeof key === "number" ? key : this.#route.parameterNames.indexOf(key);
    return this.#parameters[index] ?? "";
  }

  /** Like µWS, which decodes values but no keys, and knows none without a `=`. */
  getQuery(key: string): string | undefined {
    const pair = this.query.split("&").find((text) => key !== "" && text.startsWith(`${key}=`));
    if (pair === undefined) return undefined;
    return new URLSearchParams(`v=${pair.slice(key.length + 1)}`).get("v") ?? "";
  }

  forEach(callback: (name: string, value: string) => void): void {
    const headers = this.#headers;
    for (let index = 0; index < headers.length; index += 2) {
      callback(headers[index]!, headers[index + 1]!);
    }
  }
}

/** Where the pattern is unknown: µWS matches no empty parameter, so the first empty one is behind the last. */
function copyParameters(request: HttpRequest, route: Route): readonly string[] {
  if (route.pattern !== undefined) {
    return route.parameterNames.map((_, index) => request.getParameter(index) ?? "");
  }
  const parameters: string[] = [];
  for (;;) {
    const next = request.getParameter(parameters.length);
    if (!next) return parameters;
    parameters.push(next);
  }
}
