import { createServer } from "node:net";
import { listenTcp } from "../internal/listen-tcp.ts";

/**
 * Binds a port for this process alone, which fails where anybody has it, sharing it or not, and releases it again.
 * By the time it is used somebody else might have taken it.
 *
 * @param port 0 for any that is free.
 * @returns The port.
 * @throws The error of `bind` or `listen`.
 */
export async function probePort(host: string, port: number): Promise<number> {
  const server = createServer();
  const bound = await listenTcp(server, { host, port, exclusive: true });
  await new Promise((resolve) => server.close(resolve));
  return bound;
}
