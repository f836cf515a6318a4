import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";

const ENGINE = fileURLToPath(new URL("../../engine/index.cjs", import.meta.url));

/** Loads the engine in an application that has installed this as its own uWebSockets.js. */
async function loadBeside(official: string): Promise<{ stdout: string; stderr: string }> {
  const folder = mkdtempSync(path.join(tmpdir(), "rollcage-engine-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const installed = path.join(folder, "node_modules", "uWebSockets.js");
  mkdirSync(installed, { recursive: true });
  writeFileSync(path.join(installed, "index.js"), official);
  const entry = path.join(folder, "entry.cjs");
  writeFileSync(entry, `console.log(require(${JSON.stringify(ENGINE)}).marker)`);
  return promisify(execFile)(process.execPath, [entry]);
}

describe("the engine", () => {
  it("prefers what the application has installed", async () => {
    const { stdout } = await loadBeside("exports.marker = 'official'");
    expect(stdout).toBe("official\n");
  });

  it("takes the packed binary where that does not load, and says why", async () => {
    const { stdout, stderr } = await loadBeside("throw new Error('GLIBC_2.38 not found')");
    expect(stdout).toBe("undefined\n");
    expect(stderr).toMatch(/uWebSockets\.js .* does not load: GLIBC_2\.38 not found/);
  });
});
