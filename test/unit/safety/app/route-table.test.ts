import { describe, expect, it } from "vitest";
import { RouteTable, toPattern } from "../../../../safety/app/route-table.ts";

const entry = (method: string, pattern: string) => ({
  method: method as "get",
  pattern,
  handler: () => {},
  options: {},
  site: undefined,
  definedAt: "at app.ts:1",
});

describe("RouteTable", () => {
  it("takes each route once", () => {
    const table = new RouteTable();
    table.add(entry("get", "/a"));
    table.add(entry("post", "/a"));
    table.add(entry("get", "/a/b"));
    expect(() => table.add(entry("get", "/a"))).toThrow(
      "Expected GET /a to be registered once, it was already as /a (at app.ts:1)",
    );
    expect([...table.all]).toHaveLength(3);
    expect(table.has("get", "/a")).toBe(true);
    expect(table.has("put", "/a")).toBe(false);
  });

  it("takes routes that differ in the name of a parameter for the same", () => {
    const table = new RouteTable();
    table.add(entry("get", "/user/:id/posts"));
    expect(() => table.add(entry("get", "/user/:name/posts"))).toThrow(/as \/user\/:id\/posts/u);
    table.add(entry("get", "/user/:id"));
  });

  it.each(["GET", "fetch", "constructor", "", undefined])("refuses method %s", (method) => {
    expect(() => new RouteTable().add(entry(method as never, "/a"))).toThrow(
      /Expected a method out of RequestMethod.GET, .*ANY, got/u,
    );
  });
});

describe("toPattern", () => {
  it.each([
    ["api/status", "/api/status"],
    ["/api/status", "/api/status"],
    ["", "/"],
    ["/", "/"],
    ["*", "/*"],
    ["user/:id/*", "/user/:id/*"],
  ])("turns %j into %j", (path, pattern) => {
    expect(toPattern(path)).toBe(pattern);
  });

  it.each(["a b", "/a?b=1", "/a#b", "/*/a", "/a*", "/**"])("refuses %j", (path) => {
    expect(() => toPattern(path)).toThrow(TypeError);
  });

  it("refuses what is no string", () => {
    expect(() => toPattern(/x/u)).toThrow("Expected a path to be a string, got object");
  });
});
