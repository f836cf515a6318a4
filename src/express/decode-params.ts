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
  const { _extractParams: extractParams } = router;
  router._extractParams = function (...args) {
    return decodeParams(extractParams.apply(this, args));
  };
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
