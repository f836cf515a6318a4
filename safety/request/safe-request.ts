import type { Exchange } from "../exchange/exchange.ts";
import type { HttpRequest, RecognizedString } from "../uws-types.ts";
import { toText } from "../exchange/header-syntax.ts";

/**
 * A request that stays readable after `await`: every method of µWS's `HttpRequest`, with the same meaning.
 */
export class SafeRequest implements HttpRequest {
  readonly #exchange: Exchange;

  /** @internal */
  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** The value of the first header of this name, which must be in lower case; `""` if there is none. */
  getHeader(lowerCaseKey: RecognizedString): string {
    const { request, snapshot } = this.#exchange;
    if (request !== undefined) return request.getHeader(lowerCaseKey);
    return snapshot?.getHeader(toText(lowerCaseKey)) ?? "";
  }

  /**
   * A parameter of the route, as it stands in the URL; `""` if there is none.
   *
   * @param index Its place among the parameters, from 0, or its name.
   */
  getParameter(index: number | RecognizedString): string | undefined {
    const { request, snapshot } = this.#exchange;
    if (request !== undefined) return request.getParameter(index);
    return snapshot?.getParameter(typeof index === "number" ? index : toText(index));
  }

  /** The path, without the query. */
  getUrl(): string {
    const { request, snapshot } = this.#exchange;
    return request?.getUrl() ?? snapshot?.url ?? "";
  }

  /** In lower case. */
  getMethod(): string {
    const { request, snapshot } = this.#exchange;
    return request?.getMethod() ?? snapshot?.method ?? "";
  }

  /** As the client has sent it. */
  getCaseSensitiveMethod(): string {
    const { request, snapshot } = this.#exchange;
    return request?.getCaseSensitiveMethod() ?? snapshot?.caseSensitiveMethod ?? "";
  }

  /** The raw query without `?`, or the decoded value of `key` in it. */
  getQuery(): string;
  getQuery(key: string): string | undefined;
  getQuery(key?: string): string | undefined {
    const { request, snapshot } = this.#exchange;
    if (key === undefined) return request?.getQuery() ?? snapshot?.query ?? "";
    return request === undefined ? snapshot?.getQuery(key) : request.getQuery(key);
  }

  /** Goes through the headers in the order of arrival; names are in lower case. */
  forEach(callback: (key: string, value: string) => void): void {
    const { request, snapshot } = this.#exchange;
    if (request === undefined) snapshot?.forEach(callback);
    else request.forEach(callback);
  }

  /** Gives the request on to the next route that matches. Only before the first `await`. */
  setYield(yielded: boolean): this {
    const exchange = this.#exchange;
    if (exchange.request !== undefined) {
      exchange.request.setYield(yielded);
      exchange.yielded = yielded;
    }
    return this;
  }
}
