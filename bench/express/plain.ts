// ultimate-express as it comes: on the bare binary, without the engine's counting.
import { createRequire, Module } from "node:module";
import { fileURLToPath } from "node:url";

import type { express as Express } from "../../src/index.ts";
import { addRoutes, serve } from "./app.ts";

const require = createRequire(import.meta.url);

const { findBinary } = require(
  fileURLToPath(new URL("../../engine/find-binary.cjs", import.meta.url)),
);
const engine = require.resolve("uWebSockets.js");
const bare = new Module(engine);
bare.exports = findBinary();
bare.exports._cfg("silent");
require.cache[engine] = bare;

const express: typeof Express = require("ultimate-express");
serve(addRoutes(express({ threads: 1 }), express));
