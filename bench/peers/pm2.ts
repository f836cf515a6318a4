import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { StartOptions } from "pm2";
import { announceReady } from "../frame/announce.ts";
import { freePort } from "../frame/run-workers.ts";

// PM2 keeps its sockets and logs there; it reads the variable when it is loaded.
const home = mkdtempSync(join(tmpdir(), "rollcage-bench-pm2-"));
process.env["PM2_HOME"] = home;
process.once("exit", () => rmSync(home, { recursive: true, force: true }));
process.once("SIGTERM", () => process.exit());

const { default: pm2 } = await import("pm2");
const port = await freePort();
// Without a daemon: its workers are then children of this process, and end with it.
await promisify(pm2.connect.bind(pm2, true))();
const start = promisify((options: StartOptions, done: (error: Error) => void) =>
  pm2.start(options, done),
);
await start({
  name: "peer",
  script: fileURLToPath(new URL("./pm2-app.mjs", import.meta.url)),
  exec_mode: "cluster",
  instances: availableParallelism(),
  wait_ready: true,
  env: { PORT: String(port), NODE_ENV: "production" },
});
announceReady(port);
