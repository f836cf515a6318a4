import { once } from "node:events";
import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import { Server as NetServer, Socket } from "node:net";
import { listenTcp } from "../internal/listen-tcp.ts";
import type { AppAdapter, ListenTarget } from "./app-adapter.ts";
import { isFastify, isKoa, type AppShape } from "./detect-app.ts";
import { HttpTraffic } from "./http-traffic.ts";
import { createAcceptor, createProxyAcceptor } from "./proxy-acceptor.ts";

interface FastifyLike {
  readonly server: Server;
  ready(): PromiseLike<unknown>;
  listen(options: { path: string } | { host: string; port: number }): Promise<unknown>;
}

/** `http.Server`, `https.Server`, Fastify, Express 4 and 5, Connect, Koa, or a request handler. */
export function createNodeHttpAdapter(app: AppShape): AppAdapter {
  const server = serverOf(app);
  const traffic = new HttpTraffic();
  server.prependListener("connection", (socket: Socket) => traffic.addSocket(socket));
  server.prependListener("request", (_request: unknown, response: ServerResponse) =>
    traffic.addResponse(response),
  );

  const onConnection = (socket: Socket) => server.emit("connection", socket);
  let acceptor: NetServer | undefined;
  let isShared = false;
  return {
    kind: "node-http",
    async listen(target) {
      trackUpgrades(server, traffic);
      // Its timeouts run only in a server that listens; nobody knows this address.
      await listenPrivately(app, server, target);
      // Directly from clients no header comes; one before a TLS handshake would break it.
      isShared = target.kind === "shared";
      const isBare = isShared || isTls(server);
      acceptor = isBare ? createAcceptor(onConnection) : createProxyAcceptor(onConnection);
      return listenOn(acceptor, target);
    },
    adopt(descriptor) {
      const socket = new Socket({ fd: descriptor, allowHalfOpen: true });
      socket.setNoDelay(true);
      // Not from here: a listener of the app that throws would look as if the socket had not been taken.
      process.nextTick(() => server.emit("connection", socket));
    },
    connections: () => traffic.connections(),
    requests: () => traffic.requests(),
    requestsTotal: () => traffic.requestsTotal(),
    webSockets: () => traffic.webSockets(),
    startDraining: () => traffic.startDraining(),
    closeWebSockets: (code, count) => traffic.closeWebSockets(code, count),
    stopListening() {
      if (isShared) acceptor?.close();
    },
    close() {
      acceptor?.close();
      server.close();
      traffic.destroyAll();
    },
  };
}

function serverOf(app: AppShape): Server {
  if (app instanceof NetServer) return app as Server;
  if (isFastify(app)) return (app as FastifyLike).server;
  if (isKoa(app)) return createServer((app as { callback(): RequestListener }).callback());
  return createServer(app as RequestListener);
}

function isTls(server: Server): boolean {
  return "setSecureContext" in server;
}

async function listenPrivately(app: AppShape, server: Server, target: ListenTarget): Promise<void> {
  const address = privateAddress(target);
  if (isFastify(app)) await (app as FastifyLike).listen(address);
  else await once(server.listen(address), "listening");
}

function privateAddress(target: ListenTarget): { path: string } | { host: string; port: number } {
  if (target.kind === "unix") return { path: `${target.path}.http` };
  if (target.kind === "shared") return { path: target.privatePath };
  return { host: "127.0.0.1", port: 0 };
}

async function listenOn(acceptor: NetServer, target: ListenTarget): Promise<number | undefined> {
  if (target.kind === "unix") {
    await once(acceptor.listen(target.path), "listening");
    return undefined;
  }
  const { host, port } = target;
  if (target.kind === "tcp") return listenTcp(acceptor, { host, port });
  await listenTcp(acceptor, { host, port, backlog: target.backlog, reusePort: true });
  return undefined;
}

/** Only where the app takes upgrades itself: with a listener of ours alone, node:http would wait for it to answer. */
function trackUpgrades(server: Server, traffic: HttpTraffic): void {
  const track = (_request: unknown, socket: Socket) => traffic.addUpgrade(socket);
  if (server.listenerCount("upgrade") > 0) server.prependListener("upgrade", track);
  else {
    const onNewListener = (event: string) => {
      if (event !== "upgrade") return;
      server.off("newListener", onNewListener);
      server.prependListener("upgrade", track);
    };
    server.on("newListener", onNewListener);
  }
}
