import { loadEngine } from "./load-engine.ts";
import { checkSettings } from "./settings.ts";
import type { Application, Settings } from "./upstream.ts";

/** What `express()` does. */
export function createApplication(settings: Settings = {}): Application {
  checkSettings(settings);
  // A copy: upstream writes its defaults into what it is given, so apps made from one object would share them.
  return loadEngine().create({ ...settings });
}
