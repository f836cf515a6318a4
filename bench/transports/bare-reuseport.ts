// The same app without rollcage: every worker listens on the port itself, and the kernel chooses.
import { runWorkers } from "../frame/run-workers.ts";
import { createBenchApp } from "./app.ts";

const app = createBenchApp();
await runWorkers(
  (port) => new Promise<void>((resolve) => void app.listen(port, "127.0.0.1", resolve)),
);
