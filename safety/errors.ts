import { STATUS_CODES } from "node:http";
import { CodedError, hasCode, type MessagesFor } from "../src/internal/coded-error.ts";

/** What each code of {@link SafetyError} carries. */
export interface SafetyErrorDetails {
  /** A handler settled without an answer. `definedAt` is where `safeHandler` was called. */
  ERR_ROLLCAGE_HANDLER_NO_RESPONSE: { route: string; definedAt: string };
  /** A handler had not begun to answer in time. */
  ERR_ROLLCAGE_HANDLER_TIMEOUT: { route: string; timeoutMs: number };
  /** A handler threw or rejected; what it threw is in `cause`. */
  ERR_ROLLCAGE_HANDLER_THREW: { route: string; message: string };
  /** A response was used in a way that cannot work. The earlier call is in `cause` where it is known. */
  ERR_ROLLCAGE_RESPONSE_MISUSED: { call: string; problem: string };
  /** The client went away. */
  ERR_ROLLCAGE_REQUEST_ABORTED: { route: string };
  /** A body is larger than allowed; answered with 413. */
  ERR_ROLLCAGE_BODY_TOO_LARGE: { limitBytes: number };
  /** A body is not what its type says; answered with 400. */
  ERR_ROLLCAGE_BODY_MALFORMED: { expected: string; problem: string };
  /** A body of another type was expected; answered with 415. */
  ERR_ROLLCAGE_BODY_TYPE: { expected: string; got: string };
  /** Two readers could disagree on where the request ends; answered with 400. */
  ERR_ROLLCAGE_FRAMING_AMBIGUOUS: { problem: string };
  /** An {@link HttpError}: a status that a handler chose. */
  ERR_ROLLCAGE_HTTP: { status: number; message: string };
}

export type SafetyErrorCode = keyof SafetyErrorDetails;

const messages: MessagesFor<SafetyErrorDetails> = {
  ERR_ROLLCAGE_HANDLER_NO_RESPONSE: ({ route, definedAt }) =>
    `The handler of ${route} settled without having answered (defined ${definedAt})`,
  ERR_ROLLCAGE_HANDLER_TIMEOUT: ({ route, timeoutMs }) =>
    `The handler of ${route} had not begun to answer after ${timeoutMs} ms`,
  ERR_ROLLCAGE_HANDLER_THREW: ({ route, message }) => `The handler of ${route} threw: ${message}`,
  ERR_ROLLCAGE_RESPONSE_MISUSED: ({ call, problem }) => `${call} was misused: ${problem}`,
  ERR_ROLLCAGE_REQUEST_ABORTED: ({ route }) => `The client of ${route} went away`,
  ERR_ROLLCAGE_BODY_TOO_LARGE: ({ limitBytes }) =>
    `Expected a request body of at most ${limitBytes} bytes, got more`,
  ERR_ROLLCAGE_BODY_MALFORMED: ({ expected, problem }) =>
    `Expected the request body to be ${expected}: ${problem}`,
  ERR_ROLLCAGE_BODY_TYPE: ({ expected, got }) =>
    `Expected a request body of type ${expected}, got ${got}`,
  ERR_ROLLCAGE_FRAMING_AMBIGUOUS: ({ problem }) =>
    `The end of the request is ambiguous: ${problem}`,
  ERR_ROLLCAGE_HTTP: ({ message }) => message,
};

/** Every error that the handler toolkit makes on purpose. Branch on `code`. */
export class SafetyError<Code extends SafetyErrorCode = SafetyErrorCode> extends CodedError<
  SafetyErrorDetails,
  Code
> {
  static {
    // Inherited and not enumerable, so that it does not show among the details.
    Object.defineProperty(this.prototype, "name", { value: "SafetyError", configurable: true });
  }

  constructor(code: Code, details: SafetyErrorDetails[Code], options?: ErrorOptions) {
    super(code, details, messages[code](details), options);
  }

  /**
   * Whether `error` is one of ours with this code; then `details` is typed.
   *
   * @example
   * if (SafetyError.is(error, "ERR_ROLLCAGE_BODY_TOO_LARGE")) console.error(error.details.limitBytes);
   */
  static is<C extends SafetyErrorCode>(error: unknown, code: C): error is SafetyError<C> {
    return hasCode(error, code);
  }
}

export interface HttpErrorOptions extends ErrorOptions {
  /** Headers of the answer, such as `{ allow: "GET" }`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * Thrown by a handler in order to answer with `status`.
 *
 * The client sees `message` for 4xx; for 5xx only the reason phrase, unless `exposeErrors` is set.
 *
 * @example
 * throw new HttpError(404, "no such user");
 */
export class HttpError extends SafetyError<"ERR_ROLLCAGE_HTTP"> {
  static {
    Object.defineProperty(this.prototype, "name", { value: "HttpError", configurable: true });
  }

  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  /** @param status 400 to 599; anything else becomes 500. */
  constructor(status: number, message?: string, options: HttpErrorOptions = {}) {
    const answered = Number.isInteger(status) && status >= 400 && status <= 599 ? status : 500;
    const text = message ?? STATUS_CODES[answered] ?? "Error";
    super("ERR_ROLLCAGE_HTTP", { status: answered, message: text }, options);
    this.status = answered;
    this.headers = options.headers ?? {};
  }
}

/** The status that answers an error of each code. */
const statuses: Partial<Record<SafetyErrorCode, number>> = {
  ERR_ROLLCAGE_HANDLER_TIMEOUT: 503,
  ERR_ROLLCAGE_BODY_TOO_LARGE: 413,
  ERR_ROLLCAGE_BODY_MALFORMED: 400,
  ERR_ROLLCAGE_BODY_TYPE: 415,
  ERR_ROLLCAGE_FRAMING_AMBIGUOUS: 400,
};

/** The status that a thrown value is answered with: its own, or 500. */
export function statusOf(error: SafetyError): number {
  return error instanceof HttpError ? error.status : (statuses[error.code] ?? 500);
}
