import { describe, expect, it } from "vitest";
import { pairedRatio, spreadOf } from "../../../bench/frame/statistics.ts";

describe("spreadOf", () => {
  it("takes the middle value of an odd number", () => {
    expect(spreadOf([9, 1, 4])).toEqual({ median: 4, min: 1, max: 9 });
  });

  it("takes the mean of the two middle values of an even number", () => {
    expect(spreadOf([9, 1, 4, 6])).toEqual({ median: 5, min: 1, max: 9 });
  });

  it("sorts numbers by size, not by their digits", () => {
    expect(spreadOf([100, 20, 3])).toEqual({ median: 20, min: 3, max: 100 });
  });

  it("refuses to summarise nothing", () => {
    expect(() => spreadOf([])).toThrow(RangeError);
  });
});

describe("pairedRatio", () => {
  it("divides round by round, so that what slowed both down cancels out", () => {
    expect(pairedRatio([50, 5, 55], [100, 10, 100])).toEqual({ median: 0.5, min: 0.5, max: 0.55 });
  });

  it("compares only the rounds that both have", () => {
    expect(pairedRatio([50], [100, 1])).toEqual({ median: 0.5, min: 0.5, max: 0.5 });
  });

  it("leaves out rounds whose control did nothing", () => {
    expect(pairedRatio([50, 50], [0, 100])).toEqual({ median: 0.5, min: 0.5, max: 0.5 });
  });

  it("is undefined without a round in common", () => {
    expect(pairedRatio([1], [])).toBeUndefined();
  });
});
