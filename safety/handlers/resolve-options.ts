import { createLoadGate, type LoadGate } from "../exchange/load-gate.ts";
import type { OnError, SafetySettings } from "../exchange/site.ts";
import { createErrorLog } from "./error-log.ts";
import { createOptionCheck } from "./option-rules.ts";

export interface CompressionOptions {
  /**
   * Smallest body that is compressed, in bytes.
   *
   * @default 1_400 (one packet)
   */
  readonly threshold?: number | undefined;
}

export interface SafetyOptions {
  /**
   * Longest time until the handler begins to answer, in milliseconds; then 503. Time in which a body is
   * still arriving does not count, and a response that has begun may take as long as it likes. `false`: none.
   *
   * @default 30_000
   */
  readonly timeoutMs?: number | false | undefined;
  /**
   * Largest body that the body parsers accept, in bytes.
   *
   * @default 1_048_576 (1 MiB)
   */
  readonly maxBodyBytes?: number | undefined;
  /**
   * Which answers of `json`, `send` and `stream` are compressed; `false`: none.
   *
   * @default { threshold: 1_400 }
   */
  readonly compression?: CompressionOptions | false | undefined;
  /**
   * Told of everything that went wrong, once each.
   *
   * @default one line on the console; nothing for errors that are the client's (4xx)
   */
  readonly onError?: OnError | undefined;
  /**
   * Show clients the message of 5xx errors too.
   *
   * @default false
   */
  readonly exposeErrors?: boolean | undefined;
  /**
   * Longer event-loop delays than this, in milliseconds, and new requests get 503 with `Retry-After`.
   *
   * @default false
   */
  readonly maxEventLoopDelayMs?: number | false | undefined;
  /**
   * More requests under way than this, over all handlers with these options, and new ones get 503 with
   * `Retry-After`.
   *
   * @default false
   */
  readonly maxInFlight?: number | false | undefined;
}

/** @throws {TypeError} Names every option that is wrong. */
export const checkOptions: (options: SafetyOptions) => void = createOptionCheck<SafetyOptions>(
  "safety options",
  {
    timeoutMs: {
      fits: (value) => value === false || isCount(value, 1),
      expected: "a whole number of milliseconds from 1 to 2147483647, or false",
    },
    maxBodyBytes: { fits: (value) => isCount(value, 0), expected: "a whole number of bytes" },
    compression: {
      fits: (value) => value === false || isCompression(value),
      expected: "{ threshold: bytes }, or false",
    },
    onError: { fits: (value) => typeof value === "function", expected: "a function" },
    exposeErrors: { fits: (value) => typeof value === "boolean", expected: "true or false" },
    maxEventLoopDelayMs: {
      fits: (value) => value === false || isCount(value, 1),
      expected: "a whole number of milliseconds, or false",
    },
    maxInFlight: {
      fits: (value) => value === false || isCount(value, 1),
      expected: "a whole number of requests, or false",
    },
  },
);

function createDefaults(): SafetySettings {
  return {
    timeoutMs: 30_000,
    maxBodyBytes: 1_048_576,
    compression: { threshold: 1_400 },
    onError: createErrorLog(),
    exposeErrors: false,
    gate: undefined,
    explainMisuse: process.env["NODE_ENV"] !== "production",
  };
}

/** @throws {TypeError} As {@link checkOptions}. */
export function resolveOptions(
  options: SafetyOptions,
  defaults: SafetySettings = createDefaults(),
): SafetySettings {
  checkOptions(options);
  return Object.freeze({
    timeoutMs: options.timeoutMs ?? defaults.timeoutMs,
    maxBodyBytes: options.maxBodyBytes ?? defaults.maxBodyBytes,
    compression: resolveCompression(options.compression, defaults.compression),
    onError: options.onError ?? defaults.onError,
    exposeErrors: options.exposeErrors ?? defaults.exposeErrors,
    gate: resolveGate(options, defaults.gate),
    explainMisuse: defaults.explainMisuse,
  });
}

function resolveCompression(
  given: CompressionOptions | false | undefined,
  inherited: SafetySettings["compression"],
): SafetySettings["compression"] {
  if (given === undefined || given === false) return given ?? inherited;
  return { threshold: given.threshold ?? (inherited === false ? 1_400 : inherited.threshold) };
}

/** Limits of its own give a handler a count of its own. */
function resolveGate(
  { maxEventLoopDelayMs, maxInFlight }: SafetyOptions,
  inherited: LoadGate | undefined,
): LoadGate | undefined {
  if (maxEventLoopDelayMs === undefined && maxInFlight === undefined) return inherited;
  return createLoadGate({
    maxEventLoopDelayMs: maxEventLoopDelayMs ?? false,
    maxInFlight: maxInFlight ?? false,
  });
}

/** 2^31 - 1 is the longest timer that Node knows. */
function isCount(value: unknown, least: number): boolean {
  return (
    typeof value === "number" && Number.isInteger(value) && value >= least && value < 2_147_483_648
  );
}

function isCompression(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).every(
    ([key, threshold]) => key === "threshold" && (threshold === undefined || isCount(threshold, 0)),
  );
}
