import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";

import { express } from "../../src/index.ts";

const require = createRequire(import.meta.url);

export type Express = typeof express;
export type App = ReturnType<Express>;

/** Ours, and those that it is compared with. */
export const flavours = {
  rollcage: (): Express => express,
  "express 5": (): Express => require("express"),
  "express 4": (): Express => require("express4"),
} as const;

export type Flavour = keyof typeof flavours;

export interface RunningApp extends AsyncDisposable {
  readonly app: App;
  readonly port: number;
  readonly url: string;
}

/** Starts an app on a free port of 127.0.0.1. Use with `await using`. */
export async function startApp(
  flavour: Flavour,
  build: (app: App, express: Express) => void,
): Promise<RunningApp> {
  const factory = flavours[flavour]();
  const app = flavour === "rollcage" ? factory({ threads: 0 }) : factory();
  // Express logs every unhandled error unless it is under test.
  app.set("env", "test");
  build(app, factory);
  const server = await new Promise<ReturnType<App["listen"]>>((resolve) => {
    const listening = app.listen(0, "127.0.0.1", () => setImmediate(() => resolve(listening)));
  });
  const { port } = server.address() as AddressInfo;
  return {
    app,
    port,
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections?.();
        server.close(() => resolve());
      }),
  };
}
