"use strict";

/**
 * Where an app made by this engine keeps what the runtime must know in order to drain it.
 * Registered, so that two copies of this file agree on it.
 */
const ACTIVITY = Symbol.for("rollcage.activity");

/** On a response whose request is still being answered: the activity that counts it. */
const PENDING = Symbol("rollcage.pending");

/** On a response of which a part of the body is out: no header can follow. */
const BEGUN = Symbol("rollcage.begun");

/** On a handler that wants to know where it is registered: `(method, pattern) => handler to register`. */
const ROUTE = Symbol.for("rollcage.route");

/** On a WebSocket behavior that wants to know its app: called with it before it is registered. */
const MOUNT = Symbol.for("rollcage.mount");

module.exports = { ACTIVITY, BEGUN, MOUNT, PENDING, ROUTE };
