import { describe, expect, it } from "vitest";
import { HttpError, SafetyError } from "../../../../safety/errors.ts";
import { createErrorLog } from "../../../../safety/handlers/error-log.ts";

const context = { method: "get", url: "/a", route: "GET /:x", aborted: false };
const thrown = (message: string) =>
  new SafetyError(
    "ERR_ROLLCAGE_HANDLER_THREW",
    { route: "GET /a", message },
    { cause: new Error(message) },
  );

describe("createErrorLog", () => {
  it("writes code, place, and the stacks of error and cause", () => {
    const lines: string[] = [];
    createErrorLog((line) => lines.push(line))(thrown("boom"), context);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("ERR_ROLLCAGE_HANDLER_THREW at GET /a");
    expect(lines[0]).toContain("caused by Error: boom");
  });

  it("lets no client write lines, or commands to a terminal", () => {
    const lines: string[] = [];
    const log = createErrorLog((line) => lines.push(line));
    log(thrown("\x1b[2J"), { ...context, url: "/\u009b31m\u0085[rollcage]\u202e\r\n\u2028" });
    expect(lines[0]).toContain("GET /\\u{9b}31m\\u{85}[rollcage]\\u{202e}\\u{d}\\u{a}\\u{2028}: ");
    expect(lines[0]).toContain("\\u{1b}[2J\n    at ");
    // eslint-disable-next-line no-control-regex -- it is control characters that are looked for
    expect(lines[0]).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]/);
  });

  it("keeps quiet about errors that are the client's", () => {
    const lines: string[] = [];
    createErrorLog((line) => lines.push(line))(new HttpError(404), context);
    expect(lines).toEqual([]);
  });

  it("writes a bounded number of lines a second, and says how many it left out", () => {
    const lines: string[] = [];
    let now = 0;
    const log = createErrorLog(
      (line) => lines.push(line),
      () => now,
    );
    for (let index = 0; index < 100; index++) log(thrown("boom"), context);
    expect(lines).toHaveLength(20);
    now = 1_000;
    log(thrown("boom"), context);
    expect(lines).toHaveLength(22);
    expect(lines[20]).toContain("80 more errors");
  });
});
