import { subscribe } from "node:diagnostics_channel";
import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import type { Server, Socket } from "node:net";
import type { AppAdapter } from "./app-adapter.ts";
import { HttpTraffic } from "./http-traffic.ts";

interface ListenerApp {
  listen(port: number, host: string, onListen: (error?: unknown) => void): unknown;
  close?: () => unknown;
}

/**
 * Any object with `listen(port, host, callback)`. What goes on inside is told by Node, for servers of
 * Node's own: anything else looks idle, and is cut when it drains.
 */
export function createListenerAdapter(app: ListenerApp): AppAdapter {
  const traffic = new HttpTraffic();
  // Source: https://nodejs.org/api/diagnostics_channel.html, "Built-in channels".
  subscribe("net.server.socket", (message) => {
    traffic.addSocket((message as { socket: Socket }).socket);
  });
  subscribe("http.server.request.start", (message) => {
    traffic.addResponse((message as { response: ServerResponse }).response);
  });
  return {
    kind: "listener",
    async listen(target) {
      if (target.kind !== "tcp") {
        throw new TypeError(`Expected a TCP address of its own, got ${target.kind}`);
      }
      await listening(app, target.port, target.host);
      return target.port;
    },
    connections: () => traffic.connections(),
    requests: () => traffic.requests(),
    requestsTotal: () => traffic.requestsTotal(),
    webSockets: () => 0,
    startDraining: () => traffic.startDraining(),
    closeWebSockets() {},
    stopListening() {},
    close: () => void app.close?.(),
  };
}

/**
 * Frameworks tell success by the callback or a promise, and failure by an event, a promise or a throw. For those
 * that say nothing Node tells, once a server of its own listens there.
 */
function listening(app: ListenerApp, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    subscribe("tracing:net.server.listen:asyncEnd", (message) => {
      const address = (message as { server: Server }).server.address();
      if (typeof address === "object" && address?.port === port) resolve();
    });
    const returned = app.listen(port, host, (error) => (error ? reject(error) : resolve()));
    if (returned instanceof EventEmitter) returned.once("error", reject);
    else if (returned instanceof Promise) returned.then(() => resolve(), reject);
  });
}
