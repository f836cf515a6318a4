import type { UltimateExpress, UpstreamRequest, UpstreamResponse } from "./upstream.ts";

type ServeStatic = UltimateExpress["static"];

type Middleware = (
  request: UpstreamRequest,
  response: UpstreamResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * Repairs `express.static`: upstream serves what lies in folders such as `.git`, as Express 4 did, and
 * answers every method with the file.
 */
export function repairStatic(upstream: ServeStatic): ServeStatic {
  return ((root, options) => {
    const { fallthrough = true } = options ?? {};
    // A copy: upstream writes its defaults into it.
    const serve = upstream(root, { dotfiles: "ignore", ...options }) as unknown as Middleware;
    const middleware: Middleware = (request, response, next) => {
      if (request.method === "GET" || request.method === "HEAD") serve(request, response, next);
      else if (fallthrough) next();
      else response.status(405).set("Allow", "GET, HEAD").end();
    };
    return middleware as unknown as ReturnType<ServeStatic>;
  }) as ServeStatic;
}
