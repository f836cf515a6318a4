import { EventEmitter } from "node:events";
import type { AppAdapter } from "./app-adapter.ts";

interface ListenerApp {
  listen(port: number, host: string, onListen: (error?: unknown) => void): unknown;
  close?: () => unknown;
}

/** Any object with `listen(port, host, callback)`. It tells nothing of its connections: the primary counts them. */
export function createListenerAdapter(app: ListenerApp): AppAdapter {
  return {
    kind: "listener",
    async listen(target) {
      if (target.kind !== "tcp") throw new TypeError(`Expected a TCP address, got ${target.kind}`);
      await listening(app, target.port, target.host);
      return target.port;
    },
    connections: () => 0,
    requests: () => 0,
    requestsTotal: () => 0,
    startDraining() {},
    stopListening() {},
    close: () => void app.close?.(),
  };
}

/** Frameworks tell success by the callback or a promise, and failure by an event, a promise or a throw. */
function listening(app: ListenerApp, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const returned = app.listen(port, host, (error) => (error ? reject(error) : resolve()));
    if (returned instanceof EventEmitter) returned.once("error", reject);
    else if (returned instanceof Promise) returned.then(() => resolve(), reject);
  });
}
