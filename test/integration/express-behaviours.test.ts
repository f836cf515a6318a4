import { readFileSync } from "node:fs";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { behaviours, type Behaviour } from "../fixtures/express-behaviours.ts";
import { outcomeOn } from "../helpers/compare-express.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

const same = behaviours.filter(({ differs }) => differs === undefined);
const different = behaviours.filter(({ differs }) => differs !== undefined);
const runsOnExpress4 = behaviours.filter(({ express4 }) => express4 !== "ends the process");

const isSameOnExpress4 = ({ differs, express4 }: Behaviour): boolean =>
  (express4 ?? (differs === undefined ? "same" : "differs")) === "same";

// Unhandled errors are logged, as Express does.
beforeEach(() => void vi.spyOn(console, "error").mockReturnValue());
afterEach(() => void vi.restoreAllMocks());

describe("express", () => {
  it.each(same)("does as Express 5 in $group: $name", async (behaviour) => {
    const reference = await outcomeOn("express 5", behaviour);
    expect(reference.answers).toHaveLength(behaviour.exchanges.length);
    expect(await outcomeOn("rollcage", behaviour)).toEqual(reference);
  });

  it.each(different)("differs from Express 5 in $group: $name", async (behaviour) => {
    const reference = await outcomeOn("express 5", behaviour);
    expect(await outcomeOn("rollcage", behaviour)).not.toEqual(reference);
  });

  it.each(different)("says in the README that it differs: $differs", ({ differs }) => {
    expect(readme.includes(`| ${differs}`)).toBe(true);
  });

  it.each(runsOnExpress4.filter(isSameOnExpress4))(
    "does as Express 4 in $group: $name",
    async (behaviour) => {
      const reference = await outcomeOn("express 4", behaviour);
      expect(await outcomeOn("rollcage", behaviour)).toEqual(reference);
    },
  );

  it.each(runsOnExpress4.filter((behaviour) => !isSameOnExpress4(behaviour)))(
    "differs from Express 4 in $group: $name",
    async (behaviour) => {
      const reference = await outcomeOn("express 4", behaviour);
      expect(await outcomeOn("rollcage", behaviour)).not.toEqual(reference);
    },
  );
});
