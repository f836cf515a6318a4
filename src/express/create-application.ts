import { BODY_METHODS } from "./body-parsers.ts";
import { repairListen } from "./listen.ts";
import { loadEngine, type Engine } from "./load-engine.ts";
import { repairRouting } from "./routing.ts";
import { checkSettings } from "./settings.ts";
import type { Application, Settings, UpstreamApplication } from "./upstream.ts";

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
  repairRouting(app);
  repairListen(app);
}
