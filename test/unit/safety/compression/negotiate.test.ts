import { describe, expect, it } from "vitest";
import { negotiateEncoding } from "../../../../safety/compression/negotiate.ts";

describe("negotiateEncoding", () => {
  it.each([
    ["gzip", "gzip"],
    ["gzip, deflate, br, zstd", "br"],
    ["gzip, deflate", "gzip"],
    ["GZIP", "gzip"],
    ["br;q=0.5, gzip;q=0.8", "gzip"],
    ["br;q=0, gzip", "gzip"],
    ["*", "br"],
    ["*;q=0.1, gzip;q=0.2", "gzip"],
    ["gzip;q=0.5", "gzip"],
    ["", undefined],
    ["identity", undefined],
    ["identity;q=1, gzip;q=0.5", undefined],
    ["gzip;q=0", undefined],
    ["*;q=0", undefined],
    ["x-unknown", undefined],
    [";;,,=", undefined],
  ])("picks for %j %j", (header, coding) => {
    expect(negotiateEncoding(header, ["br", "zstd", "gzip", "deflate"])).toBe(coding);
  });

  it("picks only among what is available", () => {
    expect(negotiateEncoding("br, gzip;q=0.5", ["gzip"])).toBe("gzip");
    expect(negotiateEncoding("br, gzip;q=0.5", [])).toBeUndefined();
  });
});
