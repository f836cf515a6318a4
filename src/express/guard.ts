import type { IncomingMessage, ServerResponse } from "node:http";

import { Deadlines, type DeadlineEntry } from "../../safety/exchange/deadlines.ts";
import { createLoadGate, type LoadGate } from "../../safety/exchange/load-gate.ts";
import { readGuardConfig } from "../config/guard-config.ts";
import type { GuardConfigInput, ResolvedGuardConfig } from "../config/options.ts";
import { RollcageError } from "../errors.ts";
import { printable } from "../internal/printable.ts";

import { refuse } from "./refuse.ts";
import { whenBegun, type BeginListener } from "./when-begun.ts";

/**
 * Express middleware that answers `503` in place of a handler that has not begun to answer within
 * `timeoutMs`, and with `Retry-After` for new requests while this process is overloaded. An answer
 * has begun with its first header or byte: downloads, event streams and upgrades go on as long as they like.
 *
 * `startServer` puts one in front of every Express app, of this package or Express 4 and 5 (`guard` in its
 * configuration). Used in a route, it takes the place of that one there.
 *
 * @throws {RollcageError} `ERR_ROLLCAGE_CONFIG_INVALID`
 * @example
 * app.use("/reports", guard({ timeoutMs: 600_000 }));
 */
export function guard(
  options: GuardConfigInput = {},
): (request: IncomingMessage, response: ServerResponse, next: () => void) => void {
  const { config, issues } = readGuardConfig(options);
  if (issues.length > 0) throw new RollcageError("ERR_ROLLCAGE_CONFIG_INVALID", { issues });
  const instance = new Guard(config);
  return (request, response, next) => {
    if (instance.isOverloaded()) {
      refuse(request, response, { retry: true });
    } else {
      instance.enter(request, response);
      next();
    }
  };
}

/** Counts the requests whose answers have not begun, and gives each its deadline. */
export class Guard {
  readonly #config: ResolvedGuardConfig;
  readonly #deadlines: Deadlines | undefined;
  readonly #gate: LoadGate | undefined;

  constructor(config: ResolvedGuardConfig) {
    this.#config = config;
    if (config.timeoutMs !== false) this.#deadlines = new Deadlines(config.timeoutMs);
    this.#gate = createLoadGate(config);
  }

  /** Whether the next request has to be refused. */
  isOverloaded(): boolean {
    return this.#gate !== undefined && this.#gate.isOverloaded();
  }

  enter(request: IncomingMessage, response: ServerResponse): void {
    this.#gate?.enter();
    const entry = new Entry(this, request, response);
    this.#deadlines?.add(entry);
    whenBegun(response, entry);
  }

  leave(entry: Entry): void {
    this.#gate?.leave();
    this.#deadlines?.remove(entry);
  }

  /** A body that is still arriving is not the handler's fault. */
  extend(entry: Entry): void {
    this.#deadlines?.add(entry);
  }

  refuse(request: IncomingMessage, response: ServerResponse): void {
    refuse(request, response, { retry: false });
    // oxlint-disable-next-line no-console
    console.warn(
      `${request.method} ${printable(request.url ?? "")} was not answered within ${this.#config.timeoutMs} ms`,
    );
  }
}

/** One request until its answer begins. */
class Entry implements DeadlineEntry, BeginListener {
  slice = 0;
  previous: DeadlineEntry | undefined;
  next: DeadlineEntry | undefined;
  readonly #guard: Guard;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  #bytesSeen = 0;

  constructor(guard_: Guard, request: IncomingMessage, response: ServerResponse) {
    this.#guard = guard_;
    this.#request = request;
    this.#response = response;
  }

  onBegin(): void {
    this.#guard.leave(this);
  }

  onDeadline(): void {
    const bytes = bytesReceived(this.#request);
    if (!this.#request.complete && bytes > this.#bytesSeen) {
      this.#bytesSeen = bytes;
      this.#guard.extend(this);
    } else {
      // Leaves through onBegin: the refusal is an answer.
      this.#guard.refuse(this.#request, this.#response);
    }
  }
}

function bytesReceived(request: IncomingMessage & { bytesReceived?: number }): number {
  return request.bytesReceived ?? request.socket.bytesRead ?? 0;
}
