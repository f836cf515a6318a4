import { inspect } from "node:util";

/** What a value must be: in words for the message, and as a test. */
export interface Rule<T> {
  readonly expected: string;
  readonly accepts: (value: unknown) => value is T;
}

/** Node's timers overflow above this and would fire at once. */
export const MAX_TIMER_MS = 2_147_483_647;

function rule<T>(expected: string, accepts: (value: unknown) => boolean): Rule<T> {
  return { expected, accepts: accepts as (value: unknown) => value is T };
}

export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): Rule<number> {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  return rule(
    `an integer ${range}`,
    (value) => Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max,
  );
}

export function milliseconds(min: number = 0): Rule<number> {
  return rule(
    `a number of milliseconds from ${min} to ${MAX_TIMER_MS}`,
    (value) =>
      typeof value === "number" && Number.isFinite(value) && value >= min && value <= MAX_TIMER_MS,
  );
}

export const port: Rule<number> = rule(
  "a port from 0 to 65535",
  (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535,
);

export const boolean: Rule<boolean> = rule("a boolean", (value) => typeof value === "boolean");

export const nonEmptyString: Rule<string> = rule(
  "a non-empty string",
  (value) => typeof value === "string" && value !== "",
);

export const urlPath: Rule<string> = rule(
  'a path that begins with "/"',
  (value) => typeof value === "string" && /^\/[^\s?#]*$/.test(value),
);

export function func<T extends (...args: never[]) => unknown>(): Rule<T> {
  return rule("a function", (value) => typeof value === "function");
}

export const stringRecord: Rule<Readonly<Record<string, string>>> = rule(
  "an object of strings",
  (value) => isObject(value) && Object.values(value).every((entry) => typeof entry === "string"),
);

export function oneOf<const T extends string>(...values: readonly T[]): Rule<T> {
  return rule(values.map((value) => `"${value}"`).join(", "), (value) =>
    values.includes(value as T),
  );
}

/** Off is `false`, not a magic 0. */
export function orFalse<T>(inner: Rule<T>): Rule<T | false> {
  return rule(`${inner.expected}, or false`, (value) => value === false || inner.accepts(value));
}

export function either<A, B>(a: Rule<A>, b: Rule<B>): Rule<A | B> {
  return rule(`${a.expected} or ${b.expected}`, (value) => a.accepts(value) || b.accepts(value));
}

/** An object whose named members, where present, are functions; `required` ones must be there. */
export function methods<T>(names: readonly string[], { required }: { required: boolean }): Rule<T> {
  const needed = required ? "the methods" : "any of the methods";
  return rule(`an object with ${needed} ${names.join(", ")}`, (value) => {
    if (!isObject(value)) return false;
    return names.every((name) => {
      const member = value[name];
      return typeof member === "function" || (!required && member === undefined);
    });
  });
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads options one by one against their rules and keeps every problem, so that all are reported at once. */
export class OptionReader<Options extends object> {
  readonly #input: Readonly<Record<string, unknown>>;
  readonly #prefix: string;
  readonly #issues: string[] = [];

  constructor(input: Options, prefix: string = "") {
    this.#input = input as Record<string, unknown>;
    this.#prefix = prefix;
  }

  /** The option, or its default where it is `undefined`. A value that breaks the rule is an issue. */
  option<Key extends keyof Options & string, T>(key: Key, fallback: T, allowed: Rule<T>): T {
    const value = this.#input[key];
    if (value === undefined) return fallback;
    if (allowed.accepts(value)) return value;
    this.report(key, `expected ${allowed.expected}, got ${show(value)}`);
    return fallback;
  }

  report(name: string, problem: string): void {
    this.#issues.push(`${this.#prefix}${name}: ${problem}`);
  }

  /** Everything found, and every key that is no option. */
  issues(known: readonly string[]): readonly string[] {
    const unknown = Object.keys(this.#input).filter((key) => !known.includes(key));
    return [
      ...this.#issues,
      ...unknown.map(
        (key) =>
          `${this.#prefix}${key}: unknown key, got ${show(this.#input[key])}; expected one of ${known.join(", ")}`,
      ),
    ];
  }
}

/** A value as it stands in a message. */
export function show(value: unknown): string {
  return inspect(value, { depth: 0, breakLength: Infinity, maxStringLength: 80 });
}
