"use strict";

/**
 * Where an app made by this engine keeps what the runtime must know in order to drain it.
 * Registered, so that two copies of this file agree on it.
 */
const ACTIVITY = Symbol.for("rollcage.activity");

/** On a response whose request is still being answered: the activity that counts it. */
const PENDING = Symbol("rollcage.pending");

const ROUTES = ["get", "post", "put", "patch", "del", "options", "head", "connect", "trace", "any"];

/** Prototypes of responses and requests; each kind of app has one of its own, shared by all apps. */
const patched = new WeakSet();

let yielded = false;

/**
 * Counts connections, requests in flight and WebSockets of a native app.
 *
 * µWebSockets.js has no question for any of them, and without the answers nobody can tell when a
 * process may stop.
 */
function instrument(app) {
  const activity = { connections: 0, requests: 0, webSockets: new Set(), listenSockets: new Set() };
  app[ACTIVITY] = activity;
  app.filter((response, change) => {
    activity.connections += change;
    if (change > 0) patchOnce(Object.getPrototypeOf(response), patchResponse);
  });
  for (const method of ROUTES) {
    const register = app[method];
    if (register === undefined) continue;
    app[method] = function (pattern, handler) {
      register.call(
        app,
        pattern,
        typeof handler === "function" ? counted(activity, handler) : handler,
      );
      return app;
    };
  }
  const registerWebSocket = app.ws;
  app.ws = function (pattern, behavior) {
    registerWebSocket.call(app, pattern, tracked(activity, behavior));
    return app;
  };
  collectListenSockets(app, activity);
  return app;
}

/** A request is in flight from here until one of the patched methods below settles it. */
function counted(activity, handler) {
  return (response, request, context) => {
    patchOnce(Object.getPrototypeOf(request), patchRequest);
    activity.requests++;
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

function patchOnce(prototype, patch) {
  if (patched.has(prototype)) return;
  patched.add(prototype);
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

  const { end, endWithoutBody, tryEnd, upgrade, close, onAborted } = prototype;
  prototype.end = function (body, closeConnection) {
    const result = end.call(this, body, closeConnection);
    settle(this);
    return result;
  };
  prototype.endWithoutBody = function (...args) {
    const result = endWithoutBody.apply(this, args);
    settle(this);
    return result;
  };
  prototype.tryEnd = function (...args) {
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

module.exports = { instrument, ACTIVITY };
