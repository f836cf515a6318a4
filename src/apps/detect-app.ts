import { Server as NetServer } from "node:net";
import { inspect } from "node:util";
import { RollcageError } from "../errors.ts";

/**
 * What an app is to the runtime:
 * - `uws`: raw µWebSockets.js, or a framework with one inside (`uwsApp`);
 * - `node-http`: an `http.Server`, something that makes one, or a request handler for one;
 * - `listener`: can only listen, and is reached over TCP.
 */
export type AppKind = "uws" | "node-http" | "listener";

/** The members by which apps are told apart. All optional: anything may be given. */
export interface AppShape {
  readonly uwsApp?: unknown;
  readonly listen_unix?: unknown;
  readonly adoptSocket?: unknown;
  readonly listen?: unknown;
  readonly callback?: unknown;
  readonly handle?: unknown;
  readonly server?: unknown;
  readonly ready?: unknown;
}

/**
 * Says how an app has to be served. Loads nothing and changes nothing.
 *
 * @throws {RollcageError} `ERR_ROLLCAGE_APP_UNSUPPORTED`
 */
export function detectApp(app: unknown): AppKind {
  if (!isObjectOrFunction(app)) throw unsupported(app);
  const shape: AppShape = app;
  if (isNativeUwsApp(shape) || isNativeUwsApp(shape.uwsApp)) return "uws";
  if (app instanceof NetServer || isFastify(shape) || isKoa(shape) || isConnect(app))
    return "node-http";
  if (typeof shape.listen === "function") return "listener";
  if (typeof app === "function") return "node-http";
  throw unsupported(app);
}

/** Whether connections can be handed to it one by one. Old binaries of µWebSockets.js cannot take them. */
export function adoptsSockets(app: unknown): boolean {
  const kind = detectApp(app);
  if (kind !== "uws") return kind === "node-http";
  const shape = app as AppShape;
  const native = (isNativeUwsApp(shape) ? shape : shape.uwsApp) as AppShape;
  return typeof native.adoptSocket === "function";
}

export function isNativeUwsApp(value: unknown): boolean {
  if (!isObjectOrFunction(value)) return false;
  const shape: AppShape = value;
  return typeof shape.listen_unix === "function" && typeof shape.listen === "function";
}

export function isFastify(shape: AppShape): boolean {
  return shape.server instanceof NetServer && typeof shape.ready === "function";
}

export function isKoa(shape: AppShape): boolean {
  return typeof shape.callback === "function" && typeof shape.listen === "function";
}

/** Connect and Express make their apps functions, with `handle` beside `listen`. */
function isConnect(app: object): boolean {
  const shape: AppShape = app;
  return typeof app === "function" && typeof shape.handle === "function";
}

function isObjectOrFunction(value: unknown): value is object {
  return typeof value === "function" || (typeof value === "object" && value !== null);
}

function unsupported(app: unknown): RollcageError {
  return new RollcageError("ERR_ROLLCAGE_APP_UNSUPPORTED", {
    given: inspect(app, { depth: 0, breakLength: Infinity, maxStringLength: 80 }),
  });
}
