import { express } from "../../src/index.ts";
import { runWorkers } from "../frame/run-workers.ts";
import { addRoutes } from "./express-routes.ts";

const app = express({ threads: 0 });
addRoutes(app, express.json());
await runWorkers(
  (port) => new Promise<void>((resolve) => void app.listen(port, "127.0.0.1", resolve)),
);
