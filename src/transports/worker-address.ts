import type { IpcNetConnectOpts, TcpNetConnectOpts } from "node:net";
import type { ListenTarget } from "../apps/app-adapter.ts";

/** How to connect to a worker's own listener. */
export function addressOf(listen: ListenTarget): TcpNetConnectOpts | IpcNetConnectOpts {
  return listen.kind === "unix"
    ? { path: listen.path }
    : { host: listen.host, port: listen.port, noDelay: true };
}
