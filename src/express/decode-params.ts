import type { UpstreamRouter } from "./upstream.ts";

/**
 * Upstream leaves the parameters of a path percent-encoded. What is not properly encoded stays as it is:
 * an error here would end the process, because nobody watches the promise of a nested router.
 */
export function decodeParams<Params extends Record<string, string | undefined>>(
  params: Params,
): Params {
  for (const name in params) {
    const value = params[name];
    if (value?.includes("%")) Object.assign(params, { [name]: decode(value) });
  }
  return params;
}

/** For the routes that upstream matches itself; those of the native router are decoded in request.ts. */
export function repairParams(router: UpstreamRouter): void {
  const { createRoute, _extractParams: extractParams } = router;
  // Those that upstream makes of texts have groups that are no parameters.
  const givenExpressions = new WeakSet<RegExp>();

  // Upstream reads no parameters from an expression, and takes its source for the path of a mount.
  router.createRoute = function (...args) {
    const { length: before } = this._routes;
    const result = createRoute.apply(this, args);
    for (const route of this._routes.slice(before)) {
      if (!(route.path instanceof RegExp)) continue;
      givenExpressions.add(route.path);
      route.complex = true;
      if (route.use) route.path = "";
    }
    return result;
  };

  router._extractParams = function (pattern, path) {
    const params = givenExpressions.has(pattern)
      ? readGroups(pattern, path)
      : extractParams.call(this, pattern, path);
    return decodeParams(params);
  };
}

/** A group and its name, as Express finds them in the source of an expression. */
const GROUP = /\((?:\?<(.*?)>)?(?!\?)/g;

/** Groups without a name count from 0; one that took no part is no parameter. */
function readGroups(expression: RegExp, path: string): Record<string, string> {
  const values = expression.exec(path)?.slice(1) ?? [];
  const params: Record<string, string> = {};
  let unnamed = 0;
  for (const [, name] of expression.source.matchAll(GROUP)) {
    const value = values.shift();
    const key = name ?? String(unnamed++);
    if (value !== undefined) params[key] = value;
  }
  return params;
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
