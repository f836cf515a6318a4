import { describe, expect, it } from "vitest";
import { directoryLocation } from "../../../../safety/static/redirect.ts";

describe("directoryLocation", () => {
  it.each([
    ["/folder", "/folder/"],
    ["/a b", "/a%20b/"],
    ["/a%20b", "/a%20b/"],
    ["/ü", "/%C3%BC/"],
    ["//evil.example", "/evil.example/"],
    ["///evil.example/x", "/evil.example/x/"],
    ["/a/..//evil.example", "/evil.example/"],
    ["/a/../..///evil.example", "/evil.example/"],
    ["/\tx", "/x/"],
  ])("turns %j into %j, on the same host", (urlPath, location) => {
    expect(directoryLocation(urlPath)).toBe(location);
  });
});
