import path from "node:path";
import type { ListenTarget } from "../apps/app-adapter.ts";
import { probePort } from "./probe-port.ts";
import type { Transport, TransportContext } from "./transport.ts";

const LOOPBACK = "127.0.0.1";

/** Gives each worker process an address of its own, at which the primary can reach it. */
export function createListenTargets({
  config,
  appKind,
  privateFolder,
}: TransportContext): Pick<Transport, "nextListenTarget" | "openLink"> {
  let sockets = 0;
  /** TCP ports of the worker processes that have not exited. */
  const taken = new Set<number>();
  return {
    async nextListenTarget(index): Promise<ListenTarget> {
      const { workerHost: host, baseWorkerPort } = config;
      if (host !== undefined && baseWorkerPort !== undefined) {
        const port = baseWorkerPort + index;
        // The process that it replaces serves until this one is ready, and then drains.
        return { kind: "tcp", host, port: taken.has(port) ? await probePort(host, 0) : port };
      }
      if (appKind === "listener" || process.platform === "win32") {
        return { kind: "tcp", host: LOOPBACK, port: await probePort(LOOPBACK, 0) };
      }
      // A new name for each process: the one that it replaces may still be draining.
      return { kind: "unix", path: path.join(privateFolder, `w${index}-${sockets++}`) };
    },
    openLink: () => ({
      descriptors: [],
      attach({ boot: { listen }, child }) {
        if (listen.kind !== "tcp") return;
        taken.add(listen.port);
        child.once("exit", () => taken.delete(listen.port));
      },
      abandon() {},
    }),
  };
}
