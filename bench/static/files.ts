import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const SMALL_BYTES = 10_240;
export const LARGE_BYTES: number = 2 * 1024 * 1024;

/** A directory with the files of this suite, gone again with the process. */
export function createFiles(): string {
  const directory = mkdtempSync(join(tmpdir(), "rollcage-bench-static-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  process.once("SIGTERM", () => process.exit());
  writeFileSync(join(directory, "small.txt"), "0123456789abcdef".repeat(SMALL_BYTES / 16));
  writeFileSync(join(directory, "large.bin"), Buffer.alloc(LARGE_BYTES, "0123456789abcdef"));
  return directory;
}
