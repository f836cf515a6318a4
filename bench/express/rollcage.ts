import { express } from "../../src/index.ts";
import { installGuard } from "../../src/express/create-application.ts";
import { addRoutes, serve } from "./app.ts";

const app = addRoutes(express({ threads: 1 }), express);
if (process.env["GUARD"]) {
  installGuard(app, { timeoutMs: 120_000, maxEventLoopDelayMs: false, maxInFlight: false });
}
serve(app);
