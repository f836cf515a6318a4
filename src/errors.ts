import { CodedError, hasCode, type MessagesFor } from "./internal/coded-error.ts";

/** What each code of {@link RollcageError} carries. */
export interface RollcageErrorDetails {
  /** The configuration is wrong. Each issue names the option, what was given and what is allowed. */
  ERR_ROLLCAGE_CONFIG_INVALID: { issues: readonly string[] };
  /** `startServer` was given something it cannot serve. */
  ERR_ROLLCAGE_APP_UNSUPPORTED: { given: string };
  /** The transport that was asked for cannot work here. */
  ERR_ROLLCAGE_TRANSPORT_UNAVAILABLE: { transport: string; reason: string };
  /** No worker became ready. The worker's own error is in `cause`. */
  ERR_ROLLCAGE_WORKER_START: { reason: string };
  /** No µWebSockets.js binary fits this machine. */
  ERR_ROLLCAGE_ENGINE_UNAVAILABLE: { reason: string };
  /** HTTP/3 was asked for, and the binary cannot serve it. */
  ERR_ROLLCAGE_HTTP3_UNSUPPORTED: { reason: string };
  /** Another process holds the public address. */
  ERR_ROLLCAGE_ADDRESS_IN_USE: { host: string; port: number };
}

export type RollcageErrorCode = keyof RollcageErrorDetails;

const messages: MessagesFor<RollcageErrorDetails> = {
  ERR_ROLLCAGE_CONFIG_INVALID: ({ issues }) => `Invalid server configuration: ${issues.join("; ")}`,
  ERR_ROLLCAGE_APP_UNSUPPORTED: ({ given }) =>
    "Expected an Express, µWebSockets.js or node:http app, a request handler, or an object with " +
    `listen(port, host, callback), got ${given}`,
  ERR_ROLLCAGE_TRANSPORT_UNAVAILABLE: ({ transport, reason }) =>
    `The transport "${transport}" cannot work here: ${reason}. Use transport: "auto"`,
  ERR_ROLLCAGE_WORKER_START: ({ reason }) => `No worker became ready: ${reason}`,
  ERR_ROLLCAGE_ENGINE_UNAVAILABLE: ({ reason }) => reason,
  ERR_ROLLCAGE_HTTP3_UNSUPPORTED: ({ reason }) =>
    `HTTP/3 is not supported: ${reason}. Leave out http3, or terminate HTTP/3 in front of this server`,
  ERR_ROLLCAGE_ADDRESS_IN_USE: ({ host, port }) =>
    `Port ${port} on ${host} is in use by another process. Stop it, or choose another port`,
};

/** Every error that the cluster runtime throws on purpose. Branch on `code`. */
export class RollcageError<Code extends RollcageErrorCode = RollcageErrorCode> extends CodedError<
  RollcageErrorDetails,
  Code
> {
  static {
    // Inherited and not enumerable, so that it does not show among the details.
    Object.defineProperty(this.prototype, "name", { value: "RollcageError", configurable: true });
  }

  constructor(code: Code, details: RollcageErrorDetails[Code], options?: ErrorOptions) {
    super(code, details, messages[code](details), options);
  }

  /**
   * Whether `error` is one of ours with this code; then `details` is typed.
   *
   * @example
   * if (RollcageError.is(error, "ERR_ROLLCAGE_ADDRESS_IN_USE")) console.error(error.details.port);
   */
  static is<C extends RollcageErrorCode>(error: unknown, code: C): error is RollcageError<C> {
    return hasCode(error, code);
  }
}
