import { createRequire } from "node:module";
import { setTimeout as delay } from "node:timers/promises";
import type * as uws from "uWebSockets.js";
import type { TemplatedApp } from "../uws-types.ts";

type Engine = typeof uws;

const require = createRequire(import.meta.url);

let loaded: Engine | undefined;

/**
 * µWebSockets.js, loaded when an app first needs it: importing the toolkit, or creating an app and testing its
 * plugins, takes no binary.
 *
 * @throws {Error} `ERR_ROLLCAGE_ENGINE_UNAVAILABLE` when no binary fits this machine.
 */
export function loadEngine(): Engine {
  loaded ??= require("uWebSockets.js") as Engine;
  return loaded;
}

/** Where an app has its listening sockets. */
export interface ListenAddress {
  /** Empty for a path. */
  readonly host: string;
  /** 0 for a path. */
  readonly port: number;
}

/**
 * Digits are a port, as for Node.
 *
 * @throws {RangeError} For what is neither a port nor a path: µWS would take another port instead.
 */
export function toListenTarget(target: number | string): number | string {
  const port = typeof target === "string" && /^\d+$/u.test(target) ? Number(target) : target;
  if (typeof port === "string") return port;
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new RangeError(
    `Expected a port from 0 to 65535, or the path of a Unix socket, got ${target}`,
  );
}

/** How long requests in flight may take when an app closes, in milliseconds. */
const CLOSE_TIMEOUT_MS = 10_000;
const CHECK_MS = 10;

/** What our engine knows about an app; an app from elsewhere has none. */
interface Activity {
  readonly requests: number;
  readonly webSockets: ReadonlySet<{ end(code: number): void }>;
}

const ACTIVITY = Symbol.for("rollcage.activity");

/** Listens and stops: what µWS's app does with sockets of the system. */
export class NativeListener {
  readonly #app: TemplatedApp;
  readonly #sockets = new Set<uws.us_listen_socket>();

  constructor(app: TemplatedApp) {
    this.#app = app;
  }

  /** @throws {Error} `EADDRINUSE` when the address is in use or not allowed. */
  listen(target: number | string, host: string): Promise<ListenAddress> {
    return new Promise((resolve, reject) => {
      const onListen = (socket: uws.us_listen_socket | false) => {
        if (socket === false) return reject(inUse(target, host));
        this.#sockets.add(socket);
        if (typeof target === "string") return resolve({ host: "", port: 0 });
        resolve({ host, port: loadEngine().us_socket_local_port(socket) });
      };
      if (typeof target === "string") this.#app.listen_unix(onListen, target);
      else this.#app.listen(host, target, onListen);
    });
  }

  /** Accepts nobody any more, lets requests in flight finish, says goodbye to WebSockets, closes the rest. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) loadEngine().us_listen_socket_close(socket);
    this.#sockets.clear();
    const activity = (this.#app as { [ACTIVITY]?: Activity })[ACTIVITY];
    if (activity !== undefined) await finish(activity);
    this.#app.close();
  }
}

/** The engine counts requests but calls nobody back, so it is asked now and then. */
async function finish(activity: Activity): Promise<void> {
  for (const socket of activity.webSockets) socket.end(1001);
  const deadline = performance.now() + CLOSE_TIMEOUT_MS;
  while (activity.requests > 0 && performance.now() < deadline) await delay(CHECK_MS);
}

function inUse(target: number | string, host: string): Error {
  const where = typeof target === "string" ? target : `${host}:${target}`;
  const message = `Cannot listen on ${where}: the address is in use or not allowed`;
  return Object.assign(new Error(message), { code: "EADDRINUSE" });
}
