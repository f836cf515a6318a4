import type { AppAdapter } from "./app-adapter.ts";
import { detectApp } from "./detect-app.ts";
import { createListenerAdapter } from "./listener.ts";
import { createNodeHttpAdapter } from "./node-http.ts";
import { createUwsAdapter } from "./uws.ts";

/**
 * The adapter of an app, by its kind.
 *
 * @throws {RollcageError} `ERR_ROLLCAGE_APP_UNSUPPORTED`
 */
export function createAdapter(app: unknown): AppAdapter {
  switch (detectApp(app)) {
    case "uws":
      return createUwsAdapter(app as Parameters<typeof createUwsAdapter>[0]);
    case "node-http":
      return createNodeHttpAdapter(app as Parameters<typeof createNodeHttpAdapter>[0]);
    case "listener":
      return createListenerAdapter(app as Parameters<typeof createListenerAdapter>[0]);
  }
}
