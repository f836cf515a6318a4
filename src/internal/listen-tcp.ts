import { once } from "node:events";
import type { AddressInfo, ListenOptions, Server } from "node:net";

/**
 * Listens on a host and port.
 *
 * @returns The port, chosen by the kernel where `options.port` is 0.
 * @throws The error of `bind` or `listen`.
 */
export async function listenTcp(server: Server, options: ListenOptions): Promise<number> {
  await once(server.listen(options), "listening");
  return (server.address() as AddressInfo).port;
}
