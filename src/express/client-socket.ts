import { EventEmitter } from "node:events";

import type { UpstreamResponse } from "./upstream.ts";

/**
 * Repairs `req.socket` and `res.socket`: upstream gives the request a new plain object at every
 * access, which has no events, so that on-finished and whatever is built on it fail. This one stands
 * for the connection during one exchange and emits `close` at its end.
 */
export class ClientSocket extends EventEmitter {
  readonly #response: UpstreamResponse;
  #remotePort: number | undefined;

  constructor(response: UpstreamResponse) {
    super();
    this.#response = response;
  }

  get destroyed(): boolean {
    return this.#response.finished;
  }

  get readable(): boolean {
    return !this.destroyed;
  }

  get writable(): boolean {
    return !this.destroyed;
  }

  get encrypted(): true | undefined {
    return this.#response.app.ssl ? true : undefined;
  }

  get remoteAddress(): string | undefined {
    return this.#response.req.parsedIp;
  }

  get remoteFamily(): "IPv4" | "IPv6" | undefined {
    const address = this.remoteAddress;
    if (address === undefined) return undefined;
    return address.includes(":") ? "IPv6" : "IPv4";
  }

  get remotePort(): number | undefined {
    // After the end the native response must not be asked.
    if (!this.destroyed) this.#remotePort ??= this.#response._res.getRemotePort();
    return this.#remotePort;
  }

  get localPort(): number | undefined {
    return this.#response.app.port;
  }

  end(body?: unknown): this {
    this.#response.end(body);
    return this;
  }

  /** Closes the connection, whatever is still under way on it. */
  destroy(): this {
    this.#response.destroy();
    return this;
  }

  // The connection's options are µWebSockets.js's own; middleware sets them in passing.
  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }
}
