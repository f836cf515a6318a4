import { constants, type Stats } from "node:fs";
import { open, readlink, realpath, stat, type FileHandle } from "node:fs/promises";
import { join, sep } from "node:path";

export interface OpenFile {
  /** The caller's to close. */
  readonly handle: FileHandle;
  readonly stats: Stats;
}

/** Where a file is looked for. */
export interface FileLocation {
  readonly directory: string;
  /** Below the directory, with slashes. */
  readonly path: string;
  /** Whether a link may lead out of the directory. */
  readonly confined: boolean;
}

/** A pipe without a writer must not block the thread that opens it. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

/** Errors that say: there is nothing to serve under this name. */
const missing = new Set([
  "ENOENT",
  "ENOTDIR",
  "ENAMETOOLONG",
  "ELOOP",
  "EACCES",
  "EPERM",
  "ENXIO",
  "EINVAL",
]);

/**
 * Opens a regular file. A confined one is judged by where the opened file itself lies, not by its name alone: a
 * link could be put in place between a look at the name and the opening.
 */
export async function openFile(
  location: FileLocation,
): Promise<OpenFile | "directory" | "missing"> {
  const file = join(location.directory, location.path);
  const handle = await orMissing(open(file, FLAGS));
  if (handle === undefined) return "missing";
  let kept = false;
  try {
    const stats = await handle.stat();
    const isDirectory = stats.isDirectory();
    if (!isDirectory && !stats.isFile()) return "missing";
    if (location.confined && !(await isInside(location.directory, file, { handle, stats })))
      return "missing";
    if (isDirectory) return "directory";
    kept = true;
    return { handle, stats };
  } finally {
    if (!kept) await handle.close();
  }
}

/** What `stat` says, links followed; `undefined` when there is nothing. */
export function statFile({ directory, path }: FileLocation): Promise<Stats | undefined> {
  return orMissing(stat(join(directory, path)));
}

async function isInside(directory: string, file: string, opened: OpenFile): Promise<boolean> {
  const [base, real] = await Promise.all([orMissing(realpath(directory)), pathOf(opened, file)]);
  if (base === undefined || real === undefined) return false;
  return real === base || real.startsWith(base.endsWith(sep) ? base : base + sep);
}

/** The kernel knows where the opened file lies; elsewhere it is looked for under its name. */
async function pathOf({ handle, stats }: OpenFile, file: string): Promise<string | undefined> {
  const known =
    process.platform === "linux"
      ? await orMissing(readlink(`/proc/self/fd/${handle.fd}`))
      : undefined;
  if (known !== undefined) return known;
  const real = await orMissing(realpath(file));
  const found = real && (await orMissing(stat(real)));
  return found && found.ino === stats.ino && found.dev === stats.dev ? real : undefined;
}

async function orMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && "code" in error && missing.has(String(error.code))) {
      return undefined;
    }
    throw error;
  }
}
