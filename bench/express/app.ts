import { fileURLToPath } from "node:url";
import { announceReady } from "../frame/announce.ts";

import type { express } from "../../src/index.ts";

export const FILE_BYTES = 10_240;

type App = ReturnType<typeof express>;

/** The same app for every server of the suite. */
export function addRoutes(app: App, { json, static: serveStatic }: typeof express): App {
  app.get("/hello", (_request, response) => {
    response.send("hello");
  });
  app.post("/echo", json(), (request, response) => {
    response.json(request.body);
  });
  app.use("/files", serveStatic(fileURLToPath(new URL("./files", import.meta.url))));
  return app;
}

export function serve(app: App): void {
  const server = app.listen(0, "127.0.0.1", () => {
    // Plain ultimate-express calls back before `listen` has returned.
    setImmediate(() => {
      const address = server.address();
      if (typeof address === "object" && address !== null) announceReady(address.port);
    });
  });
}
