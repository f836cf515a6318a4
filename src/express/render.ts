import path from "node:path";

import type { UpstreamApplication } from "./upstream.ts";

/**
 * Repairs the precedence of what a view gets: upstream lets `app.locals` win over what `render` is given.
 * `_locals`, where `res.render` puts `res.locals`, wins over both, and so takes all of it.
 */
export function repairRender(app: UpstreamApplication): void {
  const { render, set } = app;
  app.render = (name, options, callback) => {
    if (typeof options === "function") {
      render.call(app, name, options);
      return;
    }
    const { _locals: locals, ...own } = options ?? {};
    render.call(app, name, { ...own, _locals: { ...locals, ...own } }, callback);
  };
  // Upstream resolves one folder only, though its views are looked for in several.
  app.set = (setting, value) => {
    if (setting !== "views" || !Array.isArray(value)) return set.call(app, setting, value);
    app.settings[setting] = value.map((folder: string) => path.resolve(folder));
    return app;
  };
}
