// socket.io with its cluster adapter, WebSocket transport only.
import cluster from "node:cluster";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { createServer as createHttpServer } from "node:http";
import { availableParallelism } from "node:os";
import { createAdapter, setupPrimary } from "@socket.io/cluster-adapter";
import { Server } from "socket.io";
import { announceReady } from "../frame/announce.ts";
import { isPayloadName, payloads, TOPIC } from "./payloads.ts";

if (cluster.isPrimary) {
  process.once("SIGTERM", () => process.exit());
  setupPrimary();
  const port = await freePort();
  const workers = Array.from({ length: availableParallelism() }, () =>
    cluster.fork({ PORT: String(port) }),
  );
  await Promise.all(workers.map(async (worker) => once(worker, "listening")));
  announceReady(port);
} else {
  const http = createHttpServer();
  const io = new Server(http, { adapter: createAdapter(), transports: ["websocket"] });
  io.on("connection", (socket) => {
    socket.on("say", (text: string) => {
      if (text === "subscribe") void socket.join(TOPIC);
      else if (isPayloadName(text)) io.to(TOPIC).emit("m", payloads[text]);
    });
  });
  http.listen(Number(process.env["PORT"]), "127.0.0.1");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
