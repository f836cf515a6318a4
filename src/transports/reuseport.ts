import { once } from "node:events";
import { createServer } from "node:net";
import path from "node:path";
import { toListenError } from "./public-listener.ts";
import type { Transport, TransportContext } from "./transport.ts";

/**
 * Each worker listens on the public address itself and the kernel shares new connections out, by a hash
 * of the addresses. The primary supervises and sees no connection: what it does about them elsewhere
 * (balancers, `maxConnections`, `readyPath`, answers to bad heads) does not happen.
 */
export function createReuseportTransport({ config, privateFolder }: TransportContext): Transport {
  const { host, backlog } = config;
  let { port } = config;
  let started = 0;
  return {
    name: "reuseport",
    /** Another process that shares the port would silently get a part of the connections: look for one. */
    async listen() {
      port = await probe(host, port);
      return { host, port };
    },
    async nextListenTarget() {
      const privatePath = path.join(privateFolder, `w${started++}`);
      return { kind: "shared", host, port, backlog, privatePath };
    },
    openLink: () => ({
      descriptors: [],
      attach({ candidate }) {
        Object.defineProperty(candidate, "activeProxyConnections", {
          get: () => candidate.stats?.activeConnections ?? 0,
          enumerable: true,
        });
      },
      abandon() {},
    }),
    // Each worker does, when it is told to drain.
    stopAccepting: async () => {},
    close() {},
  };
}

/**
 * Binds for itself alone, which fails where anybody has the port, sharing it or not.
 *
 * @returns The port, chosen by the kernel if it was 0.
 */
async function probe(host: string, port: number): Promise<number> {
  const server = createServer();
  try {
    await once(server.listen({ host, port, exclusive: true }), "listening");
  } catch (error) {
    throw toListenError(error as NodeJS.ErrnoException, host, port);
  }
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : port;
}
