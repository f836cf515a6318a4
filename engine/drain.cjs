"use strict";

const { BEGUN } = require("./symbols.cjs");

/** Headers with which an app would contradict the closing of the connection. */
const KEEP_ALIVE = new Set(["connection", "keep-alive"]);

/** On a response that has been given its `Connection: close`. */
const CLOSING = Symbol("rollcage.closing");

/**
 * From here on every answer of this kind of app says `Connection: close`, and closes its connection
 * where the binary can. An answer that had begun before leaves its connection open: the next one on it
 * closes it.
 *
 * Patches the shared prototype, so it costs nothing before; there is no way back.
 */
function closeAfterAnswers(prototype) {
  const { end, endWithoutBody, tryEnd, write, writeHeader } = prototype;
  const announce = (response) => {
    if (response[BEGUN] || response[CLOSING]) return;
    response[CLOSING] = true;
    writeHeader.call(response, "Connection", "close");
  };
  prototype.writeHeader = function (name, value) {
    if (typeof name === "string" && KEEP_ALIVE.has(name.toLowerCase())) return this;
    return writeHeader.call(this, name, value);
  };
  prototype.write = function (chunk) {
    announce(this);
    return write.call(this, chunk);
  };
  prototype.end = function (body) {
    // The close flag makes the binary write the header itself, even into a body that has begun.
    return end.call(this, body, !this[BEGUN] && !this[CLOSING]);
  };
  prototype.tryEnd = function (body, totalBytes) {
    announce(this);
    return tryEnd.call(this, body, totalBytes);
  };
  // Its own close flag would need a length beside it, which leaves the response unfinished: the client closes.
  prototype.endWithoutBody = function (...args) {
    announce(this);
    return endWithoutBody.apply(this, args);
  };
}

module.exports = { closeAfterAnswers };
