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

/** What of `urlPath` lies behind the prefix; the prefix without its slash counts as the directory itself. */
export function stripPrefix(urlPath: string, prefix: string): string | undefined {
  if (urlPath.startsWith(prefix)) return urlPath.slice(prefix.length);
  return `${urlPath}/` === prefix ? "" : undefined;
}
