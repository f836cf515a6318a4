import type { RequestListener } from "node:http";
import type { ResolvedGuardConfig } from "../config/options.ts";
import { installGuard } from "./create-application.ts";
import { guard } from "./guard.ts";

/** An Express app, ours or Express 4 or 5, with a guard in front of all its routes; any other app as it is. */
export function guardApp(app: unknown, config: ResolvedGuardConfig): unknown {
  if (installGuard(app, config) || !isNodeExpress(app)) return app;
  const enter = guard(config);
  const guarded: RequestListener = (request, response) => {
    enter(request, response, () => app(request, response));
  };
  return guarded;
}

/** Connect's apps have `handle`, too, but no view engines. */
function isNodeExpress(app: unknown): app is RequestListener {
  return typeof app === "function" && "handle" in app && "engine" in app;
}
