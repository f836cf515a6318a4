import { posix } from "node:path";

/** What happens to paths with a segment that begins with a dot: 404, 403, or nothing. */
export type DotfilePolicy = "ignore" | "deny" | "allow";

/** Why a path leads to no file: 400 malformed, 403 outside or denied, 404 not to be shown. */
export type PathRefusal = 400 | 403 | 404;

/** NUL ends a path in C; a backslash separates segments on some systems and is a letter on others. */
const ambiguous = /[\0\\]/u;
const dotSegment = /(?:^|\/)\.[^/]/u;

/**
 * Turns the path of a URL into one below a directory: `"/a/%62.txt"` becomes `"a/b.txt"`. A directory keeps its
 * slash at the end, and the directory itself is `""`.
 *
 * Decoded once, as RFC 3986 asks: what was encoded twice is the name of a file that has a `%` in it.
 */
export function resolvePath(urlPath: string, dotfiles: DotfilePolicy): string | PathRefusal {
  const decoded = urlPath.includes("%") ? decode(urlPath) : urlPath;
  if (decoded === undefined) return 400;
  if (ambiguous.test(decoded)) return 404;
  const path = posix.normalize(`./${decoded}`);
  if (path === ".." || path.startsWith("../")) return 403;
  if (path === "./" || path === ".") return "";
  if (dotfiles !== "allow" && dotSegment.test(path)) return dotfiles === "deny" ? 403 : 404;
  return path;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // A lone % or bytes that are no UTF-8.
  }
}
