import { describe, expect, it } from "vitest";
import { prefixOf, stripPrefix, toPrefix } from "../../../../safety/static/prefix.ts";

describe("toPrefix", () => {
  it.each([
    ["", "/"],
    ["/", "/"],
    ["static", "/static/"],
    ["/static", "/static/"],
    ["static/", "/static/"],
    ["//a/b//", "/a/b/"],
  ])("turns %j into %j", (path, prefix) => {
    expect(toPrefix(path)).toBe(prefix);
  });
});

describe("prefixOf", () => {
  it.each([
    [undefined, "/"],
    ["/*", "/"],
    ["/static/*", "/static/"],
    ["/a/b/*", "/a/b/"],
    ["/:site/*", "/"],
    ["/sites/:site/*", "/sites/"],
    ["/favicon.ico", "/"],
  ])("takes the literal part of %j", (pattern, prefix) => {
    expect(prefixOf(pattern)).toBe(prefix);
  });
});

describe("stripPrefix", () => {
  it("gives what lies behind the prefix", () => {
    expect(stripPrefix("/static/a/b.txt", "/static/")).toBe("a/b.txt");
    expect(stripPrefix("/a.txt", "/")).toBe("a.txt");
    expect(stripPrefix("/static/", "/static/")).toBe("");
  });

  it("knows what lies elsewhere", () => {
    expect(stripPrefix("/statics/a.txt", "/static/")).toBeUndefined();
    expect(stripPrefix("/static", "/static/")).toBeUndefined();
    expect(stripPrefix("/other", "/static/")).toBeUndefined();
  });
});
