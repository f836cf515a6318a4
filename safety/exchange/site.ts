import type { SafetyError } from "../errors.ts";
import type { Deadlines } from "./deadlines.ts";
import type { LoadGate } from "./load-gate.ts";
import type { Exchange } from "./exchange.ts";

/** What an error report says about the request. */
export interface ErrorContext {
  /** In lower case, as µWS has it. */
  readonly method: string;
  /** The path without the query. Empty where the request was gone already. */
  readonly url: string;
  /** Method and pattern of the route, where they are known, else method and path. */
  readonly route: string;
  /** The client had gone away before. */
  readonly aborted: boolean;
}

export type OnError = (error: SafetyError, context: ErrorContext) => void;

/** When and how hard bodies are compressed; `false` turns it off. */
export interface CompressionSettings {
  readonly threshold: number;
}

/** The options of a handler, resolved and frozen. */
export interface SafetySettings {
  /** `false`: no deadline. */
  readonly timeoutMs: number | false;
  readonly maxBodyBytes: number;
  readonly compression: CompressionSettings | false;
  readonly onError: OnError;
  readonly exposeErrors: boolean;
  /** Sheds load; `undefined` without limits. */
  readonly gate: LoadGate | undefined;
  /** Say where a response was misused; costs a stack trace. */
  readonly explainMisuse: boolean;
}

/** Where a handler is registered, as far as that is known. */
export interface Route {
  /** Lower case; `any` for all methods; `undefined` when nobody said. */
  readonly method: string | undefined;
  readonly pattern: string | undefined;
  /** Of the pattern, in order. */
  readonly parameterNames: readonly string[];
}

/** One handler on one route: what all its requests share. */
export interface HandlerSite {
  readonly settings: SafetySettings;
  readonly route: Route;
  /** File and line of the call of `safeHandler`. */
  readonly definedAt: string;
  readonly deadlines: Deadlines | undefined;
  /** The handler, or a listener of it, threw: one answer where that is still possible, one report. */
  readonly fail: (exchange: Exchange, thrown: unknown) => void;
  /** Nobody began to answer in time. */
  readonly expire: (exchange: Exchange) => void;
  /** How many more requests are copied when the handler does not answer at once. */
  copies: number;
  /** How many more answers keep the stack of the call that gave them. Misuse refills it. */
  traces: number;
}

const unknownRoute: Route = { method: undefined, pattern: undefined, parameterNames: [] };

export function createSite(
  site: Omit<HandlerSite, "traces" | "copies" | "route"> & { readonly route?: Route | undefined },
): HandlerSite {
  return {
    ...site,
    route: site.route ?? unknownRoute,
    copies: Infinity,
    traces: site.settings.explainMisuse ? TRACES : 0,
  };
}

/**
 * A stack trace costs as much as the rest of a small handler. The first answers of a route carry one, so
 * that development and tests see both ends of a mistake; a busy server soon stops paying.
 */
export const TRACES = 500;
