import type { UpstreamRequest, UpstreamResponse } from "./upstream.ts";

/** Methods of Node's responses that upstream's lack; one that it has by now stays as it is. */
const responseMethods: Record<string, unknown> & ThisType<UpstreamResponse> = {
  hasHeader(name: string): boolean {
    return Object.hasOwn(this.headers, name.toLowerCase());
  },
  getHeaderNames(): string[] {
    return Object.keys(this.headers);
  },
  appendHeader(name: string, value: string | readonly string[]): UpstreamResponse {
    return this.append(name, value);
  },
  setHeaders(headers: Iterable<[string, string]>): UpstreamResponse {
    for (const [name, value] of headers) this.setHeader(name, value);
    return this;
  },
  /**
   * The binary sends a head only with the first byte of a body. In an event stream a comment is such a
   * byte; elsewhere the head waits for the body.
   */
  flushHeaders(): void {
    const type = String(this.headers["content-type"] ?? "");
    if (!this.headersSent && type.startsWith("text/event-stream")) this.write(":\n\n");
  },
  setTimeout(): UpstreamResponse {
    return this;
  },
};

const requestMethods: Record<string, unknown> & ThisType<UpstreamRequest> = {
  setTimeout(): UpstreamRequest {
    return this;
  },
};

export function addNodeMethods(request: object, response: object): void {
  addMissing(request, requestMethods);
  addMissing(response, responseMethods);
}

function addMissing(prototype: object, methods: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(methods)) {
    if (name in prototype) continue;
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
  }
}

/** The headers that `writeHead` was given: an object, or names and values in turn. */
export function headersOf(given: object): [string, unknown][] {
  if (!Array.isArray(given)) return Object.entries(given);
  const flat: readonly unknown[] = given.flat();
  return flat.flatMap((name, i) => (i % 2 === 0 ? [[String(name), flat[i + 1]]] : []));
}
