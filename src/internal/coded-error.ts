/** Message of each code, built from its details. */
export type MessagesFor<Details> = {
  readonly [Code in keyof Details]: (details: Details[Code]) => string;
};

/** Across realms and duplicate installs, `instanceof` would fail; the brand does not. */
const BRAND: unique symbol = Symbol.for("rollcage.coded-error");

/** Base of all errors whose `code` is part of the API. */
export abstract class CodedError<Details, Code extends keyof Details & string> extends Error {
  /** Stable, listed in the README. */
  readonly code: Code;
  /** What was expected and what was got, by code. */
  readonly details: Details[Code];
  readonly [BRAND] = true;

  constructor(code: Code, details: Details[Code], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}

/** Whether `error` carries the given code, whichever copy of this package has made it. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && BRAND in error && "code" in error && error.code === code;
}
