"use strict";

const { closeAfterAnswers } = require("./drain.cjs");
const { ACTIVITY, BEGUN, MOUNT, PENDING, ROUTE } = require("./symbols.cjs");

const ROUTES = ["get", "post", "put", "patch", "del", "options", "head", "connect", "trace", "any"];

/** Prototypes of responses and requests; each kind of app has one of its own, shared by all apps. */
const patched = new WeakSet();
const drained = new WeakSet();

let yielded = false;

/**
 * Counts connections, requests in flight and WebSockets of a native app.
 *
 * µWebSockets.js has no question for any of them, and without the answers nobody can tell when a
 * process may stop.
 */
function instrument(app, closeListenSocket) {
  const activity = {
    connections: 0,
    /** Requests in flight, and requests ever. */
    requests: 0,
    requestsTotal: 0,
    webSockets: new Set(),
    listenSockets: new Set(),
    /** Takes no new connections; open ones stay. */
    stopListening() {
      for (const socket of activity.listenSockets) closeListenSocket(socket);
      activity.listenSockets.clear();
    },
    /** From here on every answer closes its connection. */
    startDraining() {
      draining = true;
      if (responsePrototype !== undefined) patchOnce(drained, responsePrototype, closeAfterAnswers);
    },
  };
  // Only a response leads to it, so it is unknown before the first connection.
  let responsePrototype;
  let draining = false;
  app[ACTIVITY] = activity;
  app.filter((response, change) => {
    activity.connections += change;
    if (responsePrototype !== undefined) return;
    responsePrototype = Object.getPrototypeOf(response);
    patchOnce(patched, responsePrototype, patchResponse);
    if (draining) patchOnce(drained, responsePrototype, closeAfterAnswers);
  });
  for (const method of ROUTES) {
    const register = app[method];
    if (register === undefined) continue;
    app[method] = function (pattern, handler) {
      register.call(
        app,
        pattern,
        typeof handler === "function"
          ? counted(activity, handler[ROUTE]?.(method, pattern) ?? handler)
          : handler,
      );
      return app;
    };
  }
  const registerWebSocket = app.ws;
  app.ws = function (pattern, behavior) {
    behavior[MOUNT]?.(app);
    registerWebSocket.call(app, pattern, tracked(activity, behavior));
    return app;
  };
  collectListenSockets(app, activity);
  return app;
}

/** A request is in flight from here until one of the patched methods below settles it. */
function counted(activity, handler) {
  return (response, request, context) => {
    patchOnce(patched, Object.getPrototypeOf(request), patchRequest);
    activity.requests++;
    activity.requestsTotal++;
    response[PENDING] = activity;
    try {
      return handler(response, request, context);
    } finally {
      if (yielded) {
        // The next matching route gets the request, with a response object of its own.
        yielded = false;
        settle(response);
      }
    }
  };
}

function settle(response) {
  const activity = response[PENDING];
  if (activity === undefined) return;
  response[PENDING] = undefined;
  activity.requests--;
}

function patchOnce(done, prototype, patch) {
  if (done.has(prototype)) return;
  done.add(prototype);
  patch(prototype);
}

function patchRequest(prototype) {
  const { setYield } = prototype;
  prototype.setYield = function (value) {
    yielded = value;
    return setYield.call(this, value);
  };
}

function patchResponse(prototype) {
  // ultimate-express 2.1+ calls this; binaries before v20.52 have no such method.
  prototype.getRemotePort ??= () => 0;

  const { end, endWithoutBody, tryEnd, upgrade, close, onAborted, write } = prototype;
  prototype.end = function (body, closeConnection) {
    const result = end.call(this, body, closeConnection);
    settle(this);
    return result;
  };
  prototype.endWithoutBody = function (...args) {
    // Given a length, the binary never marks the response as done and drops the connection at the
    // next request. As a header the length does no harm.
    if (args.length === 1 && args[0] !== undefined) {
      this.writeHeader("content-length", String(args.pop()));
    }
    const result = endWithoutBody.apply(this, args);
    settle(this);
    return result;
  };
  prototype.write = function (chunk) {
    this[BEGUN] = true;
    return write.call(this, chunk);
  };
  prototype.tryEnd = function (...args) {
    this[BEGUN] = true;
    const result = tryEnd.apply(this, args);
    if (result[1]) settle(this);
    return result;
  };
  prototype.upgrade = function (...args) {
    const result = upgrade.apply(this, args);
    settle(this);
    return result;
  };
  prototype.close = function () {
    const result = close.call(this);
    settle(this);
    return result;
  };
  prototype.onAborted = function (listener) {
    return onAborted.call(this, () => {
      settle(this);
      listener();
    });
  };
}

function tracked(activity, behavior) {
  return {
    ...behavior,
    ...(behavior.upgrade && { upgrade: counted(activity, behavior.upgrade) }),
    open(socket) {
      activity.webSockets.add(socket);
      return behavior.open?.(socket);
    },
    close(socket, code, message) {
      activity.webSockets.delete(socket);
      // The filter is not called for a connection that became a WebSocket.
      activity.connections--;
      return behavior.close?.(socket, code, message);
    },
  };
}

function collectListenSockets(app, activity) {
  for (const method of ["listen", "listen_unix"]) {
    const listen = app[method];
    app[method] = function (...args) {
      listen.apply(
        app,
        args.map((arg) => {
          if (typeof arg !== "function") return arg;
          return (socket) => {
            if (socket) activity.listenSockets.add(socket);
            return arg(socket);
          };
        }),
      );
      return app;
    };
  }
}

module.exports = { instrument };
