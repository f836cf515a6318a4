import path from "node:path";
import { snapshotApiPerEntry } from "tsnapi/vitest";
import { describe } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");

// A change of the public API, types included, shows as a change of the files in `api`.
describe("the public API", () => {
  snapshotApiPerEntry(root, { outputDir: path.join(import.meta.dirname, "api") });
});
