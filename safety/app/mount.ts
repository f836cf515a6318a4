import type { HandlerSite } from "../exchange/site.ts";
import type { SiteFactory } from "../handlers/create-sites.ts";
import { createRoutes } from "../handlers/routes.ts";
import { createHandler } from "../handlers/safe-handler.ts";
import type { TemplatedApp } from "../uws-types.ts";
import type { SafeWebSocketBehavior } from "../websocket/behavior.ts";
import { createWebSocketBehavior } from "../websocket/safe-websocket.ts";
import type { AppDefinition } from "./app-definition.ts";
import type { Plugin } from "./plugin.ts";
import type { RouteEntry } from "./route-table.ts";
import { guardedBy, withPlugins } from "./with-plugins.ts";

/** Registers what an app consists of on a native one. From here on its plugins are settled. */
export function mount(native: TemplatedApp, definition: AppDefinition, siteOf: SiteFactory): void {
  const plugins = definition.plugins.inOrder;
  let current: RouteEntry | undefined;
  const routes = createRoutes(native, ({ route, handler, options, definedAt }) => {
    const site =
      reportedBy(definition, current?.site) ??
      siteOf({ route, options, definedAt: current?.definedAt ?? definedAt });
    return createHandler(withPlugins(handler, plugins), { ...site, route });
  });
  for (const entry of definition.routes.all) {
    current = entry;
    routes[entry.method](entry.pattern, entry.handler, entry.options);
  }
  current = undefined;
  if (definition.notFound !== undefined && !definition.routes.has("any", "/*")) {
    routes.any("/*", definition.answerNotFound);
  }
  for (const { pattern, behavior, definedAt } of definition.webSockets.values()) {
    const { timeoutMs, onError, exposeErrors } = behavior;
    const site = siteOf({ definedAt, options: { timeoutMs, onError, exposeErrors } });
    native.ws(pattern, createWebSocketBehavior(guardUpgrade(behavior, plugins), site));
  }
}

/** A handler that was made safe elsewhere keeps its own options, but its errors are the app's too. */
function reportedBy(
  definition: AppDefinition,
  site: HandlerSite | undefined,
): HandlerSite | undefined {
  if (site === undefined) return undefined;
  const { settings } = site;
  return {
    ...site,
    settings: { ...settings, onError: definition.reportingAlsoTo(settings.onError) },
  };
}

/** Plugins decide about WebSockets as they do about requests: a key that is missing is missing there too. */
function guardUpgrade(
  behavior: SafeWebSocketBehavior<unknown>,
  plugins: readonly Plugin[],
): SafeWebSocketBehavior<unknown> {
  if (!plugins.some(({ onRequest }) => onRequest !== undefined)) return behavior;
  const { upgrade } = behavior;
  return {
    ...behavior,
    upgrade: (res, req, context) =>
      guardedBy(
        () => (upgrade === undefined ? res.upgrade({}) : upgrade(res, req, context)),
        plugins,
      )(res, req),
  };
}
