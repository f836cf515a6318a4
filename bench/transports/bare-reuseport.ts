// The same app without rollcage: every worker listens on the port itself, and the kernel chooses.
import cluster from "node:cluster";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { availableParallelism } from "node:os";
import { announceReady } from "../frame/announce.ts";
import { createBenchApp } from "./app.ts";

if (cluster.isPrimary) {
  process.once("SIGTERM", () => process.exit());
  const port = await freePort();
  const workers = Array.from({ length: availableParallelism() }, () =>
    cluster.fork({ PORT: String(port) }),
  );
  await Promise.all(workers.map((worker) => once(worker, "message")));
  announceReady(port);
} else {
  createBenchApp().listen(Number(process.env["PORT"]), "127.0.0.1", () =>
    process.send?.("listening"),
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
