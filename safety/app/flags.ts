import type { StaticOptions } from "../static/options.ts";

/**
 * What a route does besides calling its handler. Combine with `|`; given flags say everything, so that what is not
 * among them is off.
 *
 * @default HandlerFlags.Compress
 */
export const HandlerFlags = {
  None: 0,
  /** Compress answers that are worth it, with what the client accepts. */
  Compress: 0x1,
  /** `Cache-Control: no-cache, no-store`. */
  NoCache: 0x2,
  /** Read the body first; the handler gets it as its third argument: a Buffer, with `Json` the parsed value. */
  ReadBody: 0x4,
  /** What the handler returns is the answer, as JSON; `undefined` where it has answered itself. */
  Json: 0x8,
} as const;

/** Any combination of {@link HandlerFlags}. */
export type HandlerFlags = number;

/**
 * How files are served. Combine with `|`; given flags say everything.
 *
 * @default FileFlags.Index | FileFlags.Memory | FileFlags.Precompress | FileFlags.Immutable
 */
export const FileFlags = {
  None: 0,
  /** `index.html` answers for its directory. */
  Index: 0x100,
  /** Serve names that begin with a dot; without it they are not found. */
  Dotfiles: 0x200,
  /** Keep small files in memory. */
  Memory: 0x400,
  /** Keep them compressed too, at the best level, made from the start on. Implies `Memory`. */
  Precompress: 0x800,
  /** Let clients keep files whose names carry a hash of the content for a year, without asking. */
  Immutable: 0x1000,
} as const;

/** Any combination of {@link FileFlags}. */
export type FileFlags = number;

export const defaultHandlerFlags: HandlerFlags = HandlerFlags.Compress;

export const defaultFileFlags: FileFlags =
  FileFlags.Index | FileFlags.Memory | FileFlags.Precompress | FileFlags.Immutable;

/** @throws {TypeError} For bits that no flag stands for; those of the other kind of flags are such. */
export function checkHandlerFlags(flags: number): void {
  check("HandlerFlags", HandlerFlags, flags);
}

/** @throws {TypeError} As {@link checkHandlerFlags}. */
export function checkFileFlags(flags: number): void {
  check("FileFlags", FileFlags, flags);
}

export function hasFlag(flags: number, flag: number): boolean {
  return (flags & flag) !== 0;
}

/** What flags mean to the static handler. */
export function toStaticOptions(flags: FileFlags): StaticOptions {
  const precompress = hasFlag(flags, FileFlags.Precompress);
  return {
    index: hasFlag(flags, FileFlags.Index) ? "index.html" : false,
    dotfiles: hasFlag(flags, FileFlags.Dotfiles) ? "allow" : "ignore",
    memory: precompress || hasFlag(flags, FileFlags.Memory) ? {} : false,
    precompress: precompress && "start",
    immutable: hasFlag(flags, FileFlags.Immutable),
  };
}

function check(name: string, flags: Readonly<Record<string, number>>, given: unknown): void {
  let known = 0;
  for (const flag of Object.values(flags)) known |= flag;
  // The comparison also finds fractions and what does not fit in 32 bits.
  if (typeof given === "number" && (given & known) === given) return;
  throw new TypeError(
    `Expected ${name} to be made of ${Object.keys(flags).join(", ")}, got ${JSON.stringify(given) ?? typeof given}`,
  );
}
