import { isIP } from "node:net";

import type { UpstreamApplication } from "./upstream.ts";

type Callback = () => void;

interface ListenAddress {
  readonly port: unknown;
  readonly host: string | undefined;
}

/**
 * Repairs `listen` and `close` for those who expect a `http.Server`, such as supertest: upstream calls
 * back before `listen` has returned, knows no options object and no events, gives no address but the
 * port, and keeps it after `close`.
 */
export function repairListen(app: UpstreamApplication): void {
  const { listen, close } = app;
  let address: ListenAddress | undefined;

  app.listen = (...args) => {
    const callback = args.findLast((argument) => typeof argument === "function") as Callback;
    const wanted = parseAddress(args[0], args[1]);
    if (callback !== undefined) app.once("listening", callback);
    const onListening = () => {
      address = wanted;
      process.nextTick(() => app.emit("listening"));
    };
    try {
      const rest = wanted.host === undefined ? [onListening] : [wanted.host, onListening];
      listen.call(app, wanted.port, ...rest);
    } catch (error) {
      if (!app.emit("error", error)) throw error;
    }
    return app;
  };

  app.close = (callback) => {
    address = undefined;
    app.port = undefined;
    close.call(app);
    callback?.();
    app.emit("close");
  };

  app.address = () => {
    if (address === undefined) return null;
    const { host = "::", port } = address;
    if (app.port === undefined || app.port < 0) return String(port);
    return { address: host, family: isIP(host) === 4 ? "IPv4" : "IPv6", port: app.port };
  };

  Object.defineProperty(app, "listening", { get: () => address !== undefined });
}

function parseAddress(first: unknown, second: unknown): ListenAddress {
  if (typeof first === "object" && first !== null) {
    const options = first as { port?: unknown; path?: unknown; host?: string };
    return { port: options.path ?? options.port ?? 0, host: options.host };
  }
  const port = typeof first === "function" ? 0 : (first ?? 0);
  return { port, host: typeof second === "string" ? second : undefined };
}
