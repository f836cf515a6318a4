import { describe, expect, it } from "vitest";
import { parseOpenFilesLimit, reserveFrom } from "../../../src/native/descriptor-limit.ts";

const limits = (value: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units     \n` +
  `Max processes             100                  100                  processes \n` +
  `Max open files            ${value.padEnd(20)} 4096                 files     \n`;

describe("parseOpenFilesLimit", () => {
  it("reads the soft limit", () => {
    expect(parseOpenFilesLimit(limits("1024"))).toBe(1024);
  });

  it("takes unlimited, and a text without it, for no limit", () => {
    expect(parseOpenFilesLimit(limits("unlimited"))).toBe(Infinity);
    expect(parseOpenFilesLimit("")).toBe(Infinity);
  });
});

describe("reserveFrom", () => {
  it.each([
    [100, 87],
    [512, 448],
    [1_048_576, 1_048_512],
    [Infinity, Infinity],
  ])("of %d leaves connections those below %d", (limit, below) => {
    expect(reserveFrom(limit)).toBe(below);
  });
});
