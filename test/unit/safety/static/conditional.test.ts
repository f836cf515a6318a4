import { describe, expect, it } from "vitest";
import { evaluateConditions } from "../../../../safety/static/conditional.ts";

const validators = { etag: '"5-abc"', lastModified: "Tue, 10 Nov 2026 10:00:00 GMT" };
const none = {
  ifMatch: "",
  ifUnmodifiedSince: "",
  ifNoneMatch: "",
  ifModifiedSince: "",
  cacheControl: "",
};
const before = "Tue, 10 Nov 2026 09:59:59 GMT";
const same = validators.lastModified;
const after = "Tue, 10 Nov 2026 10:00:01 GMT";

describe("evaluateConditions", () => {
  it.each([
    ["no condition", {}, "proceed"],
    ["the tag", { ifNoneMatch: '"5-abc"' }, "not-modified"],
    ["the tag, weak", { ifNoneMatch: 'W/"5-abc"' }, "not-modified"],
    ["the tag in a list", { ifNoneMatch: '"x", "5-abc"' }, "not-modified"],
    ["any tag", { ifNoneMatch: "*" }, "not-modified"],
    ["another tag", { ifNoneMatch: '"x"' }, "proceed"],
    ["another tag with the same date", { ifNoneMatch: '"x"', ifModifiedSince: same }, "proceed"],
    ["an earlier date", { ifModifiedSince: before }, "proceed"],
    ["the same date", { ifModifiedSince: same }, "not-modified"],
    ["a later date", { ifModifiedSince: after }, "not-modified"],
    ["no date", { ifModifiedSince: "yesterday" }, "proceed"],
    ["a forced reload", { ifNoneMatch: "*", cacheControl: "no-cache" }, "proceed"],
    ["If-Match: the tag", { ifMatch: '"5-abc"' }, "proceed"],
    ["If-Match: a list", { ifMatch: '"x" , "5-abc"' }, "proceed"],
    ["If-Match: any", { ifMatch: "*" }, "proceed"],
    ["If-Match: another tag", { ifMatch: '"x"' }, "failed"],
    ["If-Match: a weak tag", { ifMatch: 'W/"5-abc"' }, "failed"],
    ["If-Match decides over the date", { ifMatch: "*", ifUnmodifiedSince: before }, "proceed"],
    ["unmodified since before", { ifUnmodifiedSince: before }, "failed"],
    ["unmodified since then", { ifUnmodifiedSince: same }, "proceed"],
    ["unmodified since no date", { ifUnmodifiedSince: "yesterday" }, "proceed"],
    ["both, failing first", { ifMatch: '"x"', ifNoneMatch: '"5-abc"' }, "failed"],
  ])("judges %s", (_title, headers, result) => {
    expect(evaluateConditions({ ...none, ...headers }, validators)).toBe(result);
  });
});
