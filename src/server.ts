import type { ServerConfigInput } from "./config/options.ts";
import { setServerConfig } from "./config/server-config.ts";
import { sendToPrimary } from "./messages/channel.ts";
import { Primary } from "./primary/primary.ts";
import type { StartServerResult } from "./start-result.ts";
import { getBoot } from "./worker/boot.ts";
import { runWorker } from "./worker/run-worker.ts";

/** The server of this process: the mutable state behind `startServer`, `stopServer` and `reloadServer`. */
let running:
  | { readonly primary: Primary | undefined; readonly result: Promise<StartServerResult> }
  | undefined;

/**
 * Puts an app on every core.
 *
 * Runs in the primary and, because each worker executes the same program, in every worker. In the
 * primary it resolves when all workers are ready (at `startupTimeoutMs`, if at least one is). A repeated
 * call joins the first; one during a stop starts anew once that is done.
 *
 * @param app An Express app of this package, a raw µWebSockets.js app, an `http.Server`, an Express, Koa,
 *   Connect or Fastify app, a request handler, or any object with `listen(port, host, callback)`.
 * @throws {RollcageError} `ERR_ROLLCAGE_CONFIG_INVALID`, `ERR_ROLLCAGE_APP_UNSUPPORTED`,
 *   `ERR_ROLLCAGE_TRANSPORT_UNAVAILABLE`, `ERR_ROLLCAGE_ADDRESS_IN_USE`; `ERR_ROLLCAGE_WORKER_START`, with the
 *   worker's own error in `cause`, when no worker became ready.
 * @example
 * const app = express({ threads: 0 });
 * app.get("/", (_req, res) => { res.send("hello"); });
 * await startServer(app, { port: 3000 });
 */
export async function startServer(
  app: unknown,
  config: ServerConfigInput = {},
): Promise<StartServerResult> {
  // Not awaited for nothing: a stop that follows at once must find what is being started.
  if (running?.primary?.stopped !== undefined) await forgetStopped();
  if (running !== undefined) return running.result;
  const resolved = setServerConfig(config);
  const boot = getBoot();
  if (boot !== undefined) {
    running = { primary: undefined, result: runWorker(app, resolved, boot) };
  } else {
    const primary = new Primary(app, resolved);
    running = { primary, result: primary.start() };
  }
  try {
    return await running.result;
  } catch (error) {
    running = undefined;
    throw error;
  }
}

/**
 * Stops the server; in a worker, asks the primary to.
 *
 * Gracefully: new connections are refused, requests in flight finish, kept-alive connections are closed
 * with the next answer, WebSockets with 1001; at `gracefulShutdownTimeoutMs` the rest is cut. The primary's
 * process goes on. A repeated call joins the first.
 *
 * @param graceful `false` cuts everything at once. @default true
 */
export async function stopServer(graceful: boolean = true): Promise<void> {
  if (running === undefined) return;
  const { primary } = running;
  if (primary === undefined) {
    await new Promise<void>((sent) =>
      sendToPrimary({ type: "rollcage:stop-request", graceful }, sent),
    );
    return;
  }
  await primary.stop(graceful);
  await forgetStopped();
}

/**
 * Replaces every worker by one that runs the code as it is on disk now: one at a time, each ready before
 * the old one drains. In a worker, asks the primary to.
 *
 * No request fails because of it, but for one that crosses the closing of an idle connection, as HTTP/1.1
 * allows. A repeated call joins the first.
 *
 * @throws What stopped a new worker; those that were not replaced yet then stay.
 */
export async function reloadServer(): Promise<void> {
  if (running === undefined) return;
  if (running.primary !== undefined) return running.primary.reload();
  await new Promise<void>((sent) => sendToPrimary({ type: "rollcage:reload-request" }, sent));
}

/** A worker or a signal may have stopped it: then it is not this program's server any more. */
async function forgetStopped(): Promise<void> {
  const primary = running?.primary;
  if (primary?.stopped === undefined) return;
  await primary.stopped;
  if (running?.primary === primary) running = undefined;
}
