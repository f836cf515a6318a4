import { describe, expect, it } from "vitest";
import { resolveOptions } from "../../../../safety/handlers/resolve-options.ts";
import { catchError } from "../../../helpers/catch-error.ts";

describe("resolveOptions", () => {
  it("has the documented defaults, and is frozen", () => {
    const settings = resolveOptions({});
    expect(settings).toMatchObject({
      timeoutMs: 30_000,
      maxBodyBytes: 1_048_576,
      compression: { threshold: 1_400 },
      exposeErrors: false,
    });
    expect(Object.isFrozen(settings)).toBe(true);
  });

  it("keeps what the defaults say where nothing is given", () => {
    const defaults = resolveOptions({ timeoutMs: 5, compression: { threshold: 10 } });
    expect(resolveOptions({ timeoutMs: undefined, maxBodyBytes: 7 }, defaults)).toMatchObject({
      timeoutMs: 5,
      maxBodyBytes: 7,
      compression: { threshold: 10 },
    });
  });

  it("turns things off with false", () => {
    expect(resolveOptions({ timeoutMs: false, compression: false })).toMatchObject({
      timeoutMs: false,
      compression: false,
    });
  });

  it.each([
    { timeoutMs: 0 },
    { timeoutMs: 1.5 },
    { timeoutMs: Number.NaN },
    { timeoutMs: 2 ** 31 },
    { timeoutMs: "1" },
    { timeoutMs: null },
    { maxBodyBytes: -1 },
    { maxBodyBytes: false },
    { compression: true },
    { compression: { threshold: -1 } },
    { compression: { level: 3 } },
    { onError: "log" },
    { exposeErrors: 1 },
    { timeoutMS: 1 },
    { maxInFlight: 0 },
    { maxEventLoopDelayMs: -1 },
  ])("refuses %j and names the option", (options) => {
    const error = catchError(() => resolveOptions(options as object));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain(Object.keys(options)[0]);
  });

  it("names all problems at once", () => {
    const error = catchError(() => resolveOptions({ timeoutMs: -1, maxBodyBytes: -1 }));
    expect((error as Error).message).toMatch(/timeoutMs.*maxBodyBytes/);
  });
});
