import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { codeIn, readmeTable } from "../helpers/readme.ts";

const root = path.resolve(import.meta.dirname, "../..");
const files = globSync("{src,safety,client,engine}/**/*.{ts,mts,cjs}", { cwd: root });

const SPECIFIER = /(?:\bfrom|\bimport\(|\brequire\(|^import)\s*"([^"]+)"/gm;

/** `src/config/rules.ts` is of the part `src/config`, `src/errors.ts` a part of its own; `client` is one part. */
function partOf(file: string): string {
  const [top = "", second = ""] = file.replace(/\.(ts|mts|cjs)$/, "").split("/");
  return top === "src" || top === "safety" ? `${top}/${second}` : top;
}

function importsOf(file: string): string[] {
  const text = readFileSync(path.join(root, file), "utf8");
  return Array.from(text.matchAll(SPECIFIER), ([, specifier]) => specifier!);
}

/** Relative imports that leave their part, as `part <- imported part`. */
function arrows(): Set<string> {
  const found = new Set<string>();
  for (const file of files) {
    for (const specifier of importsOf(file)) {
      if (!specifier.startsWith(".")) continue;
      const imported = partOf(path.posix.join(path.posix.dirname(file), specifier));
      if (imported !== partOf(file)) found.add(`${partOf(file)} <- ${imported}`);
    }
  }
  return found;
}

const table = readmeTable("part", "may import").map(([part, allowed]) => ({
  part: codeIn(part)[0]!,
  allowed: codeIn(allowed),
}));

describe("the layers in the README", () => {
  it("name every part of the code, once", () => {
    const named = table.map(({ part }) => part);
    expect(named).toHaveLength(new Set(named).size);
    expect(new Set(named)).toEqual(new Set(files.map(partOf)));
  });

  it("allow every import there is, and no other", () => {
    const allowed = table.flatMap(({ part, allowed: parts }) =>
      parts.map((to) => `${part} <- ${to}`),
    );
    expect(arrows()).toEqual(new Set(allowed));
  });

  it("let imports point up only: no part imports one that stands below it", () => {
    const order = table.map(({ part }) => part);
    const downwards = [...arrows()].filter((arrow) => {
      const [part, imported] = arrow.split(" <- ") as [string, string];
      const isToolkit = imported.startsWith("safety/") && part.startsWith("src/");
      return !isToolkit && order.indexOf(imported) > order.indexOf(part);
    });
    expect(downwards).toEqual([]);
  });
});

describe("imports", () => {
  it("lead to files that exist", () => {
    for (const file of files) {
      for (const specifier of importsOf(file).filter((name) => name.startsWith("."))) {
        expect(
          existsSync(path.join(root, path.dirname(file), specifier)),
          `${file}: ${specifier}`,
        ).toBe(true);
      }
    }
  });

  it.each([
    ["koffi", ["src/native"]],
    ["uws-pack", ["engine"]],
    ["ioredis", ["src/pubsub"]],
  ])("of %s are in one place", (name, parts) => {
    const importing = files.filter((file) => importsOf(file).includes(name)).map(partOf);
    expect([...new Set(importing)]).toEqual(parts);
  });
});
