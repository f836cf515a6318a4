import diagnostics from "node:diagnostics_channel";
import { SafetyError } from "../errors.ts";
import type { ErrorContext, OnError } from "./site.ts";
import { isolated, messageOf } from "./thrown.ts";

/** What subscribers of `rollcage:safety-error` receive; the runtime counts them as `safety_errors`. */
export interface SafetyErrorEvent extends ErrorContext {
  /** The code without its prefix, in lower case: `handler_timeout`. */
  readonly kind: string;
  readonly error: SafetyError;
}

const channel = diagnostics.channel("rollcage:safety-error");

/** One report: counted by whoever listens, then given to the handler's own `onError`. */
export function report(error: SafetyError, context: ErrorContext, onError?: OnError): void {
  if (channel.hasSubscribers) {
    const kind = error.code.slice("ERR_ROLLCAGE_".length).toLowerCase();
    channel.publish({ kind, error, ...context } satisfies SafetyErrorEvent);
  }
  isolated("onError", () => onError?.(error, context));
}

/** Turns whatever a handler threw into an error with a code. */
export function toSafetyError(thrown: unknown, route: string): SafetyError {
  if (thrown instanceof SafetyError) return thrown;
  const message = messageOf(thrown);
  return new SafetyError("ERR_ROLLCAGE_HANDLER_THREW", { route, message }, { cause: thrown });
}
