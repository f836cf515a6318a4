import cluster from "node:cluster";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { availableParallelism } from "node:os";
import { announceReady } from "./announce.ts";

/**
 * A server of one process per core without rollcage: `listen` runs in every worker, with the same port.
 * Node's own servers share the listening socket then; µWebSockets.js opens one each, by `SO_REUSEPORT`.
 */
export async function runWorkers(listen: (port: number) => Promise<unknown>): Promise<void> {
  if (cluster.isWorker) {
    await listen(Number(process.env["PORT"]));
    process.send?.("listening");
    return;
  }
  process.once("SIGTERM", () => process.exit());
  const port = await freePort();
  const workers = Array.from({ length: availableParallelism() }, () =>
    cluster.fork({ PORT: String(port) }),
  );
  await Promise.all(workers.map((worker) => once(worker, "message")));
  announceReady(port);
}

/** Free a moment ago: nothing else on this machine is expected to take it at once. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
