// The classic design, as small as it gets: a primary that copies every byte between client and worker.
import cluster from "node:cluster";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { announceReady } from "../frame/announce.ts";
import { createBenchApp } from "./app.ts";

if (cluster.isPrimary) {
  const folder = mkdtempSync(join(tmpdir(), "rollcage-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  process.once("SIGTERM", () => process.exit());
  const paths = Array.from({ length: availableParallelism() }, (_, index) =>
    join(folder, `${index}.sock`),
  );
  const workers = paths.map((path) => cluster.fork({ SOCKET_PATH: path }));
  await Promise.all(workers.map((worker) => once(worker, "message")));
  let next = 0;
  const server = createServer((client) => {
    const upstream = connect(paths[next++ % paths.length]!);
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    client.on("error", end);
    upstream.on("error", end);
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, "127.0.0.1", 4_096, () => announceReady((server.address() as AddressInfo).port));
} else {
  // The types name a port only; a path works as well.
  const path = process.env["SOCKET_PATH"] as never;
  createBenchApp().listen(path, () => process.send?.("listening"));
}
