import express from "express";
import { runWorkers } from "../frame/run-workers.ts";
import { addRoutes, CONTENT_TYPE } from "./routes.ts";

const app = express();
addRoutes(app, express.text({ type: CONTENT_TYPE, limit: "4mb" }));
await runWorkers(
  (port) => new Promise<void>((resolve) => app.listen(port, "127.0.0.1", () => resolve())),
);
