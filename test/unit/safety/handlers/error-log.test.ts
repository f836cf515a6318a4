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
