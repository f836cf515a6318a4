import type { UpstreamApplication } from "./upstream.ts";

/**
 * Repairs the precedence of what a view gets: upstream lets `app.locals` win over what `render` is given.
 * `_locals`, where `res.render` puts `res.locals`, wins over both, and so takes all of it.
 */
export function repairRender(app: UpstreamApplication): void {
  const { render } = app;
  app.render = (name, options, callback) => {
    if (typeof options === "function") {
      render.call(app, name, options);
      return;
    }
    const { _locals: locals, ...own } = options ?? {};
    render.call(app, name, { ...own, _locals: { ...locals, ...own } }, callback);
  };
}
