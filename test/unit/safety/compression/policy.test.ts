import { describe, expect, it } from "vitest";
import {
  addVary,
  isWorthCompressing,
  toWeakEtag,
  type CompressionQuestion,
} from "../../../../safety/compression/policy.ts";

const html: CompressionQuestion = {
  bytes: 1_400,
  threshold: 1_400,
  contentType: "text/html; charset=utf-8",
  contentEncoding: undefined,
  contentRange: undefined,
  cacheControl: undefined,
};

describe("isWorthCompressing", () => {
  it.each<[string, Partial<CompressionQuestion>]>([
    ["a body of the threshold", {}],
    ["a body of unknown length", { bytes: undefined }],
    ["JSON", { contentType: "application/json" }],
    ["a type with a suffix", { contentType: "application/vnd.api+json" }],
    ["an SVG", { contentType: "image/svg+xml" }],
    ["a cacheable body", { cacheControl: "public, max-age=60" }],
  ])("says yes to %s", (_, change) => {
    expect(isWorthCompressing({ ...html, ...change })).toBe(true);
  });

  it.each<[string, Partial<CompressionQuestion>]>([
    ["a byte less than the threshold", { bytes: 1_399 }],
    ["a type that does not compress", { contentType: "image/png" }],
    ["an unknown type", { contentType: "application/x-unheard-of" }],
    ["no type", { contentType: undefined }],
    ["an encoded body", { contentEncoding: "gzip" }],
    ["a part of a body", { contentRange: "bytes 0-1/2" }],
    ["no-transform", { cacheControl: "public, No-Transform" }],
  ])("says no to %s", (_, change) => {
    expect(isWorthCompressing({ ...html, ...change })).toBe(false);
  });
});

describe("toWeakEtag", () => {
  it("weakens a strong tag and keeps a weak one", () => {
    expect(toWeakEtag('"a"')).toBe('W/"a"');
    expect(toWeakEtag('W/"a"')).toBe('W/"a"');
  });
});

describe("addVary", () => {
  it.each([
    [undefined, "Accept-Encoding"],
    ["", "Accept-Encoding"],
    ["Origin", "Origin, Accept-Encoding"],
    ["origin, accept-encoding", "origin, accept-encoding"],
    ["*", "*"],
  ])("turns %j into %j", (before, after) => {
    expect(addVary(before, "Accept-Encoding")).toBe(after);
  });
});
