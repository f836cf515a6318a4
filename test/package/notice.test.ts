import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");

interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly license: string;
}

/** Every package that `npm pack` puts into the tarball. */
function bundledPackages(): Manifest[] {
  const pack = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const output = execFileSync("npm", pack, { cwd: root, encoding: "utf8", stdio: "pipe" });
  const files = output.matchAll(/"path": "(node_modules\/.*?\/package\.json)"/g);
  return Array.from(files, ([, file]) => readManifest(file!)).filter(
    // Others tell a folder's module type only. The engine is part of this package.
    ({ version, name }) => version !== undefined && name !== "uWebSockets.js",
  );
}

function readManifest(file: string): Manifest {
  return JSON.parse(readFileSync(path.join(root, file), "utf8")) as Manifest;
}

/** The names under each licence's heading. */
function noticedPackages(): Map<string, string> {
  const notice = readFileSync(path.join(root, "NOTICE"), "utf8");
  const sections = notice.matchAll(/^(Apache-2\.0|BSD-3-Clause|MIT)\n\n((?: {4}.*\n)+)/gm);
  return new Map(
    [...sections].flatMap(([, license, text]) =>
      Array.from(text!.matchAll(/(?<=^ {4}|, )(@?[\w./-]+)(?=,|$)/gm), ([name]) => [
        name,
        license!,
      ]),
    ),
  );
}

describe("NOTICE", () => {
  it("names every bundled package under its licence, and no other", () => {
    const bundled = new Map(bundledPackages().map(({ name, license }) => [name, license]));
    expect(bundled.size).toBeGreaterThan(40);
    expect(noticedPackages()).toEqual(bundled);
  });
});
