import { describe, expect, it } from "vitest";
import { parseWrk, wrkScript } from "../../../bench/generators/wrk-format.ts";

describe("wrkScript", () => {
  it("writes every byte of a body as a number, so that none ends the string", () => {
    const script = wrkScript({ path: "/", method: "POST", body: '\0"\\é' });
    expect(script).toContain(String.raw`wrk.body = "\000\034\092\195\169"`);
  });

  it("leaves the body out of a request without one", () => {
    expect(wrkScript({ path: "/" })).not.toContain("wrk.body");
  });
});

describe("parseWrk", () => {
  it("reads counts, and times from microseconds", () => {
    const output = "Running 2s test\nresult 1000 2000000 4000 150 2500 0 0 0 0 0\n";
    expect(parseWrk(output)).toEqual({
      completed: 1000,
      seconds: 2,
      figures: { latencyP50Ms: 0.15, latencyP99Ms: 2.5, bytesPerSecond: 2000 },
    });
  });

  it.each([
    ["connect", "1 0 0 0 0"],
    ["read", "0 1 0 0 0"],
    ["write", "0 0 1 0 0"],
    ["status", "0 0 0 1 0"],
    ["timeout", "0 0 0 0 1"],
  ])("refuses a run with an error of the kind %s", (kind, errors) => {
    expect(() => parseWrk(`result 10 1000000 40 1 2 ${errors}\n`)).toThrow(`${kind}: 1`);
  });

  it("refuses output without a result", () => {
    expect(() => parseWrk("unable to connect")).toThrow("unable to connect");
  });
});
