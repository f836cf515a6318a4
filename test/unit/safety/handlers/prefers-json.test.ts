import { describe, expect, it } from "vitest";
import { prefersJson } from "../../../../safety/handlers/answer-error.ts";

describe("prefersJson", () => {
  it.each([
    ["application/json", true],
    ["application/json, text/plain, */*", true],
    ["application/problem+json", true],
    ["text/html, application/json;q=0.9", false],
    ["text/plain, application/json;q=0.1", false],
    ["application/json;q=0, */*", false],
    ["*/*", false],
    ["", false],
    ["json", false],
  ])("says of %j: %s", (accept, expected) => {
    expect(prefersJson(accept)).toBe(expected);
  });
});
