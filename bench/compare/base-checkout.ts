import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** What decides which packages are installed. */
const DEPENDENCIES = ["package-lock.json", "engine"];

export interface BaseCheckout {
  readonly folder: string;
  readonly commit: string;
  remove(): void;
}

/**
 * Another commit in a folder of its own, with the benchmarks of this checkout, so that both are measured by the
 * same programs. It shares the installed packages where both want the same, else it gets its own.
 *
 * @throws when there is no such commit, or its packages cannot be installed.
 */
export function checkOutBase(ref: string): BaseCheckout {
  const commit = run("git", ["rev-parse", "--short", "--verify", `${ref}^{commit}`], ROOT);
  const folder = join(mkdtempSync(join(tmpdir(), "rollcage-compare-")), "base");
  const remove = (): void => {
    rmSync(join(folder, ".."), { recursive: true, force: true });
    run("git", ["worktree", "prune"], ROOT);
  };
  run("git", ["worktree", "add", "--detach", folder, commit], ROOT);
  try {
    rmSync(join(folder, "bench"), { recursive: true, force: true });
    cpSync(join(ROOT, "bench"), join(folder, "bench"), { recursive: true });
    if (run("git", ["diff", "--name-only", commit, "--", ...DEPENDENCIES], ROOT) === "") {
      symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    } else {
      run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], folder);
    }
  } catch (error) {
    remove();
    throw error;
  }
  return { folder, commit, remove };
}

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  }).trim();
}
