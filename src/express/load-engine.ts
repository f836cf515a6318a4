import { createRequire } from "node:module";

import { RollcageError } from "../errors.ts";

import { loadBodyParsers } from "./body-parsers.ts";
import { addNodeMethods } from "./node-methods.ts";
import { repairParams } from "./decode-params.ts";
import { passAsNode } from "./node-instances.ts";
import { repairRequest } from "./request.ts";
import { repairResponse } from "./response.ts";
import { serveStatic } from "./static-files.ts";
import { repairErrors } from "./unhandled-error.ts";
import type {
  Application,
  UltimateExpress,
  UpstreamApplication,
  UpstreamRequest,
  UpstreamResponse,
  UpstreamRouter,
} from "./upstream.ts";

const require = createRequire(import.meta.url);

/** ultimate-express with its classes repaired. */
export interface Engine {
  readonly create: UltimateExpress;
  readonly Request: typeof UpstreamRequest;
  readonly Response: typeof UpstreamResponse;
  /** What `express` has besides being called. */
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
  // The classes are not exported. With an app of somebody else's given, none is made for this one.
  const uwsApp: Application["uwsApp"] = Object.create(null);
  const app = upstream({ threads: 0, uwsApp }) as unknown as UpstreamApplication;
  const application: Application = Object.getPrototypeOf(app);
  addNodeMethods(app._request.prototype, app._response.prototype);
  passAsNode(app._request, app._response);
  const router: UpstreamRouter = Object.getPrototypeOf(application);
  repairErrors(router);
  repairParams(router);
  const { Router, request, response } = upstream;
  return {
    create: upstream,
    Request: repairRequest(app._request),
    Response: repairResponse(app._response),
    statics: {
      ...loadBodyParsers(),
      Router,
      application,
      request,
      response,
      static: serveStatic as unknown as UltimateExpress["static"],
    },
  };
}
