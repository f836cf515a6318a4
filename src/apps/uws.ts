import type { HttpResponse, TemplatedApp } from "uWebSockets.js";
import type { AppAdapter, GoingAwayCode, ListenTarget } from "./app-adapter.ts";
import { isNativeUwsApp } from "./detect-app.ts";
import { trustProxiedAddress } from "./proxied-address.ts";
import { ACTIVITY, type UwsActivity } from "./uws-activity.ts";

/** Under this key an app of `createApp` has what to call when its connections are closed: it stops the plugins. */
const STOP: unique symbol = Symbol.for("rollcage.stop") as never;

/** A native app, or a framework that holds one and whose own `listen` completes its routes. */
type UwsApp = Partial<TemplatedApp> & {
  readonly uwsApp?: TemplatedApp;
  readonly [STOP]?: () => Promise<void>;
  listen(path: string, onListen: () => void): unknown;
  listen(port: number, host: string, onListen: () => void): unknown;
};

/** µWebSockets.js, and frameworks with such an app inside. */
export function createUwsAdapter(app: UwsApp): AppAdapter {
  const native = isNativeUwsApp(app) ? (app as TemplatedApp) : app.uwsApp!;
  const activity = activityOf(native);
  let isShared = false;
  return {
    kind: "uws",
    async listen(target) {
      if (target.kind === "shared") isShared = true;
      // A PROXY header that comes inside the encrypted stream is the client's own.
      else if (!terminatesTls(native)) {
        const key = target.kind === "unix" ? target.addressKey : undefined;
        trustProxiedAddress(native, target.kind, key);
      }
      if (app !== native) await listenFramework(app, target);
      // A framework would take the public address for itself alone.
      if (app === native || isShared) await listenNative(native, target);
      return target.kind === "tcp" ? target.port : undefined;
    },
    adopt: (descriptor, address) => void native.adoptSocket(descriptor, address),
    connections: () => activity.connections,
    requests: () => activity.requests,
    requestsTotal: () => activity.requestsTotal,
    webSockets: () => activity.webSockets.size,
    startDraining: () => activity.startDraining(),
    closeWebSockets: (code, count) => closeWebSockets(activity, code, count),
    stopListening() {
      if (isShared) activity.stopListening();
    },
    async close() {
      native.close();
      await app[STOP]?.();
    },
  };
}

/** The binary names what it makes. */
function terminatesTls(native: TemplatedApp): boolean {
  return native.constructor.name === "uWS.SSLApp";
}

/** An app that our engine has not made counts connections only, and drains by them. */
function activityOf(native: TemplatedApp): UwsActivity {
  const made = (native as { [ACTIVITY]?: UwsActivity })[ACTIVITY];
  if (made !== undefined) return made;
  const activity = {
    connections: 0,
    requestsTotal: 0,
    webSockets: new Set<never>(),
    startDraining: () => {},
    // Only its own copy of µWebSockets.js could: what is still queued is lost when the process ends.
    stopListening: () => {},
    get requests() {
      return activity.connections;
    },
  };
  native.filter((_response: HttpResponse, change: number) => {
    activity.connections += change;
    if (change > 0) activity.requestsTotal++;
  });
  return activity;
}

/** `end` closes at once, which takes the socket out of the set. */
function closeWebSockets({ webSockets }: UwsActivity, code: GoingAwayCode, count: number): void {
  let left = count;
  for (const socket of webSockets) {
    if (left-- <= 0) return;
    socket.end(code);
  }
}

function listenNative(native: TemplatedApp, target: ListenTarget): Promise<void> {
  return new Promise((resolve, reject) => {
    const onListen = (socket: unknown) => (socket ? resolve() : reject(cannotListen(target)));
    if (target.kind === "unix") native.listen_unix(onListen, target.path);
    else native.listen(target.host, target.port, onListen);
  });
}

function listenFramework(app: UwsApp, target: ListenTarget): Promise<void> {
  return new Promise((resolve, reject) => {
    const listening =
      target.kind === "tcp"
        ? app.listen(target.port, target.host, resolve)
        : app.listen(target.kind === "unix" ? target.path : target.privatePath, resolve);
    // A framework that starts asynchronously says here that it could not.
    if (listening instanceof Promise) listening.catch(reject);
  });
}

function cannotListen(target: ListenTarget): Error {
  const where = target.kind === "unix" ? target.path : `${target.host}:${target.port}`;
  return Object.assign(
    new Error(`Cannot listen on ${where}: the address is in use or not allowed`),
    {
      code: "EADDRINUSE",
    },
  );
}
