/** Message of each code, built from its details. */
export type MessagesFor<Details> = {
  readonly [Code in keyof Details]: (details: Details[Code]) => string;
};

/** Base of all errors whose `code` is part of the API. */
export abstract class CodedError<Details, Code extends keyof Details & string> extends Error {
  /** Stable, listed in the README. */
  readonly code: Code;
  /** What was expected and what was got, by code. */
  readonly details: Details[Code];

  constructor(code: Code, details: Details[Code], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}

/** By code, not by class: it holds across realms and duplicate installs. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
