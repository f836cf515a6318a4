import { createRequire } from "node:module";

import { RollcageError } from "../errors.ts";

import type { Application, UltimateExpress } from "./upstream.ts";

const require = createRequire(import.meta.url);

/** ultimate-express, and what `express` offers as its statics. */
export interface Engine {
  readonly create: UltimateExpress;
  readonly statics: Statics;
}

export type Statics = Pick<
  UltimateExpress,
  "Router" | "json" | "raw" | "request" | "response" | "static" | "text" | "urlencoded"
> & {
  /** The prototype of all apps, as in Express; upstream leaves it out. */
  readonly application: Application;
};

let loaded: Engine | undefined;

/**
 * Loads ultimate-express and, with it, µWebSockets.js.
 *
 * @throws {RollcageError} `ERR_ROLLCAGE_ENGINE_UNAVAILABLE`
 */
export function loadEngine(): Engine {
  loaded ??= assemble(requireUpstream());
  return loaded;
}

function requireUpstream(): UltimateExpress {
  try {
    const upstream: UltimateExpress = require("ultimate-express");
    return upstream;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RollcageError("ERR_ROLLCAGE_ENGINE_UNAVAILABLE", { reason }, { cause });
  }
}

function assemble(upstream: UltimateExpress): Engine {
  // The class is not exported. With an app of somebody else's given, none is made for this one.
  const uwsApp: Application["uwsApp"] = Object.create(null);
  const application: Application = Object.getPrototypeOf(upstream({ threads: 0, uwsApp }));
  const { Router, json, raw, request, response, static: serveStatic, text, urlencoded } = upstream;
  return {
    create: upstream,
    statics: {
      Router,
      application,
      json,
      raw,
      request,
      response,
      static: serveStatic,
      text,
      urlencoded,
    },
  };
}
