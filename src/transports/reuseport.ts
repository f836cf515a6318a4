import path from "node:path";
import { probePort } from "./probe-port.ts";
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
      try {
        port = await probePort(host, port);
      } catch (error) {
        throw toListenError(error as NodeJS.ErrnoException, host, port);
      }
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
