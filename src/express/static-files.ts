import { statSync, type Stats } from "node:fs";
import { STATUS_CODES } from "node:http";
import path from "node:path";

import { redirectToFolder } from "./redirect.ts";
import { statusOf } from "./send-file.ts";
import type { UltimateExpress, UpstreamRequest, UpstreamResponse } from "./upstream.ts";

type ServeStatic = UltimateExpress["static"];
type Options = NonNullable<Parameters<ServeStatic>[1]>;
type Middleware = (
  request: UpstreamRequest,
  response: UpstreamResponse,
  next: (error?: unknown) => void,
) => void;

/** Where a file is looked for. */
interface Lookup {
  readonly root: string;
  readonly dotfiles: Options["dotfiles"];
  readonly index: readonly string[];
  /** With their dot; the empty one is the name as it stands. */
  readonly extensions: readonly string[];
}

type Found = { readonly file: string; readonly stats: Stats } | Failure | "folder";
type Failure = Error & { readonly status: number };

const ABOVE = /(?:^|[\\/])\.\.(?:[\\/]|$)/;

/**
 * Replaces upstream's `express.static`, which serves what lies in folders such as `.git`, answers every
 * method with the file, loses the query of a redirect, takes a range that cannot be satisfied for a
 * missing file, and gives errors no status. Which file is meant is found as in Express 5; `sendFile`,
 * which is faster than Express's, sends it.
 */
export function serveStatic(root: string, options: Options = {}): Middleware {
  if (!root) throw new TypeError("root path required");
  if (typeof root !== "string") throw new TypeError("root path must be a string");
  const {
    dotfiles,
    index = "index.html",
    extensions,
    fallthrough = true,
    redirect = true,
  } = options;
  const lookup: Lookup = {
    root: path.resolve(root),
    dotfiles,
    index: listOf(index),
    extensions: ["", ...listOf(extensions).map((name) => `.${name.replace(/^\./, "")}`)],
  };
  return (request, response, next) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      if (fallthrough) next();
      else response.status(405).set("Allow", "GET, HEAD").end();
      return;
    }
    const found = findFile(pathBelowMount(request), lookup);
    if (found === "folder" && redirect) {
      redirectToFolder(response, request.originalUrl);
    } else if (found === "folder" || found instanceof Error) {
      const error = found === "folder" ? failure(404) : found;
      next(fallthrough && error.status < 500 ? undefined : error);
    } else {
      // The name has been judged above. Upstream writes its defaults into what it is given.
      const given = { ...options, dotfiles: "allow", _stat: found.stats };
      response.sendFile(found.file, given, (error: unknown) => {
        if (error && (error as NodeJS.ErrnoException).code !== "ECONNABORTED") next(error);
      });
    }
  };
}

function listOf(names: unknown): readonly string[] {
  if (Array.isArray(names)) return names;
  return typeof names === "string" ? [names] : [];
}

/** Empty for the very path of a mount that was asked for without a slash. */
function pathBelowMount({ url, originalUrl }: UpstreamRequest): string {
  const below = withoutQuery(url);
  return below === "/" && !withoutQuery(originalUrl).endsWith("/") ? "" : below;
}

function withoutQuery(url: string): string {
  const query = url.indexOf("?");
  return query === -1 ? url : url.slice(0, query);
}

function findFile(pathname: string, { root, dotfiles, index, extensions }: Lookup): Found {
  const decoded = decode(pathname);
  if (decoded === undefined || decoded.includes("\0")) return failure(400);
  const relative = path.normalize(`.${path.sep}${decoded}`);
  if (ABOVE.test(relative)) return failure(403);
  if (dotfiles !== "allow" && relative.split(path.sep).some(isHidden)) {
    return failure(dotfiles === "deny" ? 403 : 404);
  }
  const file = path.join(root, relative);
  if (decoded.endsWith("/")) {
    return firstFile(index.map((name) => path.join(file, name)));
  }
  if (path.extname(file) !== "") return firstFile([file], file);
  return firstFile(
    extensions.map((extension) => file + extension),
    file,
  );
}

/** @param asked What the client named, which may be a folder. */
function firstFile(candidates: readonly string[], asked?: string): Found {
  let found: Found = failure(404);
  for (const file of candidates) {
    try {
      const stats = statSync(file);
      if (!stats.isDirectory()) return { file, stats };
      if (file === asked) return "folder";
    } catch (error) {
      found = withStatus(error as Error, statusOf(error as Error));
    }
  }
  return found;
}

function isHidden(part: string): boolean {
  return part.length > 1 && part.startsWith(".");
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function failure(status: number): Failure {
  return withStatus(new Error(STATUS_CODES[status]), status);
}

function withStatus(error: Error, status: number): Failure {
  return Object.assign(error, { status, statusCode: status });
}
