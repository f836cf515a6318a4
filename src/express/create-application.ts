import type { ResolvedGuardConfig } from "../config/options.ts";

import { BODY_METHODS } from "./body-parsers.ts";
import { Guard } from "./guard.ts";
import { repairListen } from "./listen.ts";
import { loadEngine, type Engine } from "./load-engine.ts";
import { repairRender } from "./render.ts";
import { repairRouting, type Entrance } from "./routing.ts";
import { checkSettings } from "./settings.ts";
import type { Application, Settings, UpstreamApplication } from "./upstream.ts";

const entrances = new WeakMap<object, Entrance>();

/** What `express()` does. */
export function createApplication(settings: Settings = {}): Application {
  checkSettings(settings);
  const engine = loadEngine();
  // A copy: upstream writes its defaults into what it is given, so apps made from one object would share them.
  const app = engine.create({ ...settings });
  repair(app as unknown as UpstreamApplication, engine);
  return app;
}

function repair(app: UpstreamApplication, { Request, Response }: Engine): void {
  // `app.request` and `app.response` stay upstream's prototypes: applications extend them, and upstream
  // sees there whether its fastest routes may be used.
  app._request = Request;
  app._response = Response;
  app.settings["body methods"] ??= BODY_METHODS;
  // A rejected handler ends the process upstream unless this is set.
  app.settings["catch async errors"] ??= true;
  entrances.set(app, repairRouting(app));
  repairListen(app);
  repairRender(app);
}

/**
 * Puts a guard in front of all routes of an app of ours, in place of one that was there before.
 *
 * @returns Whether it is such an app.
 */
export function installGuard(app: unknown, config: ResolvedGuardConfig): boolean {
  const entrance = entrances.get(app as object);
  if (entrance === undefined) return false;
  entrance.guard = new Guard(config);
  return true;
}
