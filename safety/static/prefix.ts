/** `"static"` becomes `"/static/"`, and nothing `"/"`. */
export function toPrefix(path: string): string {
  const inner = path.replaceAll(/^\/+|\/+$/gu, "");
  return inner === "" ? "/" : `/${inner}/`;
}

/** The prefix that a route's pattern gives: `"/static/"` for `"/static/*"`, `"/"` for `"/:site/*"`. */
export function prefixOf(pattern: string | undefined): string {
  const literal = /^[^*:]*\//u.exec(pattern ?? "")?.[0];
  return toPrefix(literal ?? "");
}

/** What of `urlPath` lies behind the prefix, if it does. */
export function stripPrefix(urlPath: string, prefix: string): string | undefined {
  return urlPath.startsWith(prefix) ? urlPath.slice(prefix.length) : undefined;
}
