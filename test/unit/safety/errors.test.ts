import { describe, expect, it } from "vitest";
import { HttpError, SafetyError, statusOf } from "../../../safety/errors.ts";

describe("HttpError", () => {
  it("carries status, message and headers, and is a SafetyError", () => {
    const error = new HttpError(405, "only GET", { headers: { allow: "GET" } });
    expect(error).toMatchObject({
      name: "HttpError",
      code: "ERR_ROLLCAGE_HTTP",
      status: 405,
      message: "only GET",
      headers: { allow: "GET" },
    });
    expect(SafetyError.is(error, "ERR_ROLLCAGE_HTTP")).toBe(true);
  });

  it("says the reason phrase when there is no message", () => {
    expect(new HttpError(404).message).toBe("Not Found");
  });

  it.each([200, 399, 600, 404.5, Number.NaN])(
    "answers 500 for %s, which is no error status",
    (status) => {
      expect(new HttpError(status).status).toBe(500);
    },
  );
});

describe("statusOf", () => {
  it.each([
    [new HttpError(418), 418],
    [new SafetyError("ERR_ROLLCAGE_BODY_TOO_LARGE", { limitBytes: 1 }), 413],
    [new SafetyError("ERR_ROLLCAGE_BODY_MALFORMED", { expected: "JSON", problem: "" }), 400],
    [new SafetyError("ERR_ROLLCAGE_BODY_TYPE", { expected: "a", got: "b" }), 415],
    [new SafetyError("ERR_ROLLCAGE_FRAMING_AMBIGUOUS", { problem: "" }), 400],
    [new SafetyError("ERR_ROLLCAGE_HANDLER_TIMEOUT", { route: "", timeoutMs: 1 }), 503],
    [new SafetyError("ERR_ROLLCAGE_HANDLER_THREW", { route: "", message: "" }), 500],
  ])("is what the error is answered with", (error, status) => {
    expect(statusOf(error)).toBe(status);
  });
});
