/** Methods a route can be registered for, as µWS calls them. */
export const RequestMethod = {
  GET: "get",
  POST: "post",
  PUT: "put",
  PATCH: "patch",
  DELETE: "del",
  OPTIONS: "options",
  HEAD: "head",
  /** Every method that has no route of its own. */
  ANY: "any",
} as const;

export type RequestMethod = (typeof RequestMethod)[keyof typeof RequestMethod];

const methods = new Set<unknown>(Object.values(RequestMethod));

/** @throws {TypeError} For anything that is not in {@link RequestMethod}. */
export function checkMethod(method: unknown): void {
  if (methods.has(method)) return;
  throw new TypeError(
    `Expected a method out of RequestMethod.${Object.keys(RequestMethod).join(", ")}, got ${JSON.stringify(method)}`,
  );
}
