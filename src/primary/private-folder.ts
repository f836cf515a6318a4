import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** Longest path of a Unix socket that works everywhere, less the names that go into the folder. */
const MAX_FOLDER_BYTES = 80;

/** A new folder (mode 0700) for the workers' sockets. */
export function createPrivateFolder(): { folder: string; remove: () => void } {
  const parent = Buffer.byteLength(tmpdir()) < MAX_FOLDER_BYTES - 20 ? tmpdir() : "/tmp";
  const folder = mkdtempSync(path.join(parent, "rollcage-"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
