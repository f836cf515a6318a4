"use strict";

const { findBinary } = require("./find-binary.cjs");
const { instrument } = require("./instrument.cjs");

const binary = findBinary();

// Without this the binary sends "uWebSockets: 20" with every response.
binary._cfg?.("silent");

/** The binary's own exports; only the app factories differ, so that the runtime can drain what they make. */
module.exports = Object.assign({}, binary, {
  App: (options) => instrument(binary.App(options ?? {}), binary.us_listen_socket_close),
  SSLApp: (options) => instrument(binary.SSLApp(options), binary.us_listen_socket_close),
});
