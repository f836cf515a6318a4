import express from "express";
import { runWorkers } from "../frame/run-workers.ts";
import { addRoutes } from "./express-routes.ts";

const app = express();
addRoutes(app, express.json());
await runWorkers(
  (port) => new Promise<void>((resolve) => app.listen(port, "127.0.0.1", () => resolve())),
);
