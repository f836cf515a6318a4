"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { createRequire } = require("node:module");

/**
 * Finds µWebSockets.js for this process: the official package if the application has installed it,
 * else the binary of `uws-pack` that fits this platform and Node ABI.
 *
 * @throws {Error} `ERR_ROLLCAGE_ENGINE_UNAVAILABLE` when neither is there or neither loads.
 */
function findBinary() {
  return requireOfficial() ?? requirePacked();
}

/** Looked up from the application's entry module: that is where its own installation lies. */
function requireOfficial() {
  const entry = process.argv[1];
  if (!entry) return undefined;
  let file;
  try {
    file = createRequire(path.resolve(entry)).resolve("uWebSockets.js");
  } catch {
    return undefined; // The application has not installed one.
  }
  // Inside this repository, or with a hoisted bundle, the name leads back here.
  if (fs.realpathSync(path.dirname(file)) === fs.realpathSync(__dirname) || isEngine(file))
    return undefined;
  try {
    return require(file);
  } catch (error) {
    // It wants a newer C library or another Node: ours may fit.
    process.emitWarning(
      `the application's own uWebSockets.js (${file}) does not load: ${error.message}`,
    );
    return undefined;
  }
}

function isEngine(file) {
  return fs.existsSync(path.join(path.dirname(file), "find-binary.cjs"));
}

function requirePacked() {
  const name = `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;
  // The `exports` of uws-pack hide its binaries from `require.resolve`, so its folder is looked up by path.
  const file = module.paths
    .map((folder) => path.join(folder, "uws-pack", "dist", "bin", name))
    .find((candidate) => fs.existsSync(candidate));
  if (file === undefined) throw unavailable(`there is no ${name} in uws-pack`);
  try {
    return require(file);
  } catch (cause) {
    throw unavailable(`${name} does not load: ${cause.message}`, cause);
  }
}

function unavailable(reason, cause) {
  const details = {
    platform: process.platform,
    arch: process.arch,
    libc: libc(),
    nodeAbi: process.versions.modules,
    reason,
  };
  const error = new Error(
    `µWebSockets.js is not available on ${details.platform}-${details.arch} (${details.libc}, ` +
      `Node ${process.versions.node}, ABI ${details.nodeAbi}): ${reason}. ` +
      "Use Node 22 on glibc Linux, macOS or Windows, or install an official uWebSockets.js that fits " +
      "next to rollcage; apps of the node:http family run without it",
    { cause },
  );
  return Object.assign(error, { code: "ERR_ROLLCAGE_ENGINE_UNAVAILABLE", details });
}

function libc() {
  if (process.platform !== "linux") return "no libc check";
  const version = process.report?.getReport().header.glibcVersionRuntime;
  return version ? `glibc ${version}` : "musl";
}

module.exports = { findBinary };
