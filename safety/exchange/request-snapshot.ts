import type { HttpRequest } from "../uws-types.ts";

const none: readonly string[] = [];

/** A copy of what µWS takes away when a handler first returns. */
export class RequestSnapshot {
  readonly caseSensitiveMethod: string;
  readonly url: string;
  readonly query: string;
  /** Names and values in turn, in the order of arrival. */
  readonly #headers: string[] = [];
  readonly #parameters: readonly string[];
  readonly #parameterNames: readonly string[];

  /** @param parameterNames Those of the route pattern, in order. */
  constructor(request: HttpRequest, parameterNames: readonly string[]) {
    this.caseSensitiveMethod = request.getCaseSensitiveMethod();
    this.url = request.getUrl();
    this.query = request.getQuery();
    this.#parameters = copyParameters(request);
    this.#parameterNames = parameterNames;
    const headers = this.#headers;
    request.forEach((name, value) => {
      headers.push(name, value);
    });
  }

  get method(): string {
    return this.caseSensitiveMethod.toLowerCase();
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
    const index = typeof key === "number" ? key : this.#parameterNames.indexOf(key);
    return this.#parameters[index] ?? "";
  }

  getQuery(key: string): string | undefined {
    return new URLSearchParams(this.query).get(key) ?? undefined;
  }

  forEach(callback: (name: string, value: string) => void): void {
    const headers = this.#headers;
    for (let index = 0; index < headers.length; index += 2) {
      callback(headers[index]!, headers[index + 1]!);
    }
  }
}

/** µWS never matches an empty parameter, so the first empty one lies behind the last. */
function copyParameters(request: HttpRequest): readonly string[] {
  const first = request.getParameter(0);
  if (!first) return none;
  const parameters = [first];
  for (;;) {
    const next = request.getParameter(parameters.length);
    if (!next) return parameters;
    parameters.push(next);
  }
}
