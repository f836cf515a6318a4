import { describe, expect, it } from "vitest";
import { predict } from "../../../bench/report/scaling-model.ts";

describe("predict", () => {
  it("divides the time of all cores by the time that a request takes of all processes", () => {
    expect(predict(4, 1, 9)).toEqual({ requestsPerSecond: 400_000, limit: "all cores" });
  });

  it("is limited by the primary, which has one core", () => {
    expect(predict(64, 20, 10)).toEqual({ requestsPerSecond: 50_000, limit: "the primary" });
  });

  it("is not limited by a primary that does nothing per request", () => {
    expect(predict(64, 0, 10)).toEqual({ requestsPerSecond: 6_400_000, limit: "all cores" });
  });
});
