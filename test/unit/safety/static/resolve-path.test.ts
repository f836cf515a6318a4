import { posix } from "node:path";
import { array, assert, constantFrom, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { resolvePath } from "../../../../safety/static/resolve-path.ts";

describe("resolvePath", () => {
  it.each([
    ["/a.txt", "a.txt"],
    ["a.txt", "a.txt"],
    ["/", ""],
    ["", ""],
    ["/folder/", "folder/"],
    ["//a///b.txt", "a/b.txt"],
    ["/folder/../a.txt", "a.txt"],
    ["/folder/./a.txt", "folder/a.txt"],
    ["/%61%2Etxt", "a.txt"],
    ["/folder%2Fa.txt", "folder/a.txt"],
    ["/%C3%BC.txt", "ü.txt"],
    ["/a b.txt", "a b.txt"],
    ["/a..b/c...txt", "a..b/c...txt"],
    ["/a:b", "a:b"],
  ])("turns %j into %j", (urlPath, path) => {
    expect(resolvePath(urlPath, "ignore")).toBe(path);
  });

  it.each([
    "/..",
    "/../",
    "/../secret",
    "/a/../../secret",
    "/%2e%2e/secret",
    "/%2E%2e%2Fsecret",
    "/..%2fsecret",
    "/./%2e./secret",
    "/a/%2e%2e/%2e%2e/secret",
    "//../secret",
  ])("refuses %j, which leads outside, with 403", (urlPath) => {
    expect(resolvePath(urlPath, "allow")).toBe(403);
  });

  it.each(["/..\\secret", "/%5c..%5csecret", "/a\\b", "/a.txt\0.png", "/a.txt%00", "/%00"])(
    "refuses %j with 404",
    (urlPath) => {
      expect(resolvePath(urlPath, "allow")).toBe(404);
    },
  );

  it.each(["/%", "/%zz", "/%c0%ae%c0%ae/secret", "/%ff", "/%e0%80%af"])(
    "refuses %j, which cannot be decoded, with 400",
    (urlPath) => {
      expect(resolvePath(urlPath, "allow")).toBe(400);
    },
  );

  it("decodes once only", () => {
    expect(resolvePath("/%252e%252e%252fsecret", "ignore")).toBe("%2e%2e%2fsecret");
    expect(resolvePath("/%2500", "ignore")).toBe("%00");
  });

  it.each(["/.env", "/.git/config", "/a/.hidden/b", "/%2eenv", "/..."])(
    "follows the policy for %j",
    (urlPath) => {
      expect(resolvePath(urlPath, "ignore")).toBe(404);
      expect(resolvePath(urlPath, "deny")).toBe(403);
      expect(resolvePath(urlPath, "allow")).toBe(decodeURIComponent(urlPath).slice(1));
    },
  );

  it("never leads outside, whatever it is given", () => {
    const piece = constantFrom("..", ".", "/", "\\", "%", "2e", "%2e", "%2f", "%5c", "%00", "a");
    assert(
      property(array(piece, { maxLength: 12 }), (pieces) => {
        const path = resolvePath(pieces.join(""), "allow");
        if (typeof path === "number") return;
        const joined = posix.join("/root", path);
        expect(joined === "/root" || joined.startsWith("/root/")).toBe(true);
        expect(path).not.toMatch(/[\0\\]/u);
      }),
      { numRuns: 2_000 },
    );
  });
});
