import {
  createSafety,
  type CreateApp,
  type FromConnect,
  type SafeHandlerFactory,
  type SafeWebSocketFactory,
  type ServeStatic,
} from "./create-safety.ts";

export type {
  AddAppRoute,
  App,
  CreateAppOptions,
  HandleOptions,
  RouteOptions,
  ServeFileOptions,
  ServeOptions,
} from "./app/app.ts";
export { FileFlags, HandlerFlags } from "./app/flags.ts";
export type { AppHandler } from "./app/fold-handler.ts";
export type { ListenAddress } from "./app/native-app.ts";
export { PluginPriority, type Plugin, type ResponseSummary } from "./app/plugin.ts";
export { RequestMethod } from "./app/request-method.ts";
export {
  createSafety,
  type CreateApp,
  type FromConnect,
  type FromConnectOptions,
  type Safety,
  type SafeHandlerFactory,
  type SafeWebSocketFactory,
  type ServeStatic,
} from "./create-safety.ts";
export { parseBody, type BodyOptions } from "./body/parse-body.ts";
export { parseForm, type FormFields } from "./body/parse-form.ts";
export { parseJson } from "./body/parse-json.ts";
export { parseMultipart, type MultipartPart } from "./body/parse-multipart.ts";
export { parseText } from "./body/parse-text.ts";
export type { ConnectMiddleware } from "./connect/from-connect.ts";
export {
  HttpError,
  SafetyError,
  type HttpErrorOptions,
  type SafetyErrorCode,
  type SafetyErrorDetails,
} from "./errors.ts";
export type { SafetyErrorEvent } from "./exchange/report.ts";
export type { ErrorContext, OnError } from "./exchange/site.ts";
export type { CompressionOptions, SafetyOptions } from "./handlers/resolve-options.ts";
export type { SafeHandler, SafeHandlerFunction } from "./handlers/safe-handler.ts";
export type { AddRoute, RouteMethod, Routes } from "./handlers/routes.ts";
export type { SafeRequest } from "./request/safe-request.ts";
export type { Chunk } from "./response/chunk-reader.ts";
export type { SafeResponse } from "./response/safe-response.ts";
export type { SendBody, SendOptions } from "./response/send.ts";
export type { StreamOptions, StreamSource } from "./response/stream.ts";
export type { StaticMemoryOptions, StaticOptions } from "./static/options.ts";
export type { DotfilePolicy } from "./static/resolve-path.ts";
export type {
  SafeWebSocketBehavior,
  SafeWebSocketOptions,
  UpgradeResponse,
  WebSocketStats,
} from "./websocket/behavior.ts";
export type {
  BackpressurePolicy,
  WebSocketCompression,
  WebSocketLimits,
} from "./websocket/options.ts";
export type { SafeWebSocket, SendResult } from "./websocket/safe-socket.ts";
export type { GuardedWebSocketBehavior } from "./websocket/safe-websocket.ts";

const defaults = createSafety();

/**
 * Makes a µWS handler out of an ordinary function: whatever that does, it costs one request at most.
 *
 * What it throws is answered: an {@link HttpError} with its status, anything else with 500, silence with 500, and with
 * 503 when it has not begun to answer after `timeoutMs` (30 000).
 *
 * @throws {TypeError} When the handler is no function, or an option is wrong; all problems are named at once.
 * @example
 * app.get("/user/:id", safeHandler(async (res, req) => {
 *   const user = await db.find(req.getParameter(0), { signal: res.signal });
 *   if (!user) throw new HttpError(404, "no such user");
 *   res.json(user);
 * }));
 */
export const safeHandler: SafeHandlerFactory = defaults.safeHandler;

/**
 * Makes a µWS WebSocket behavior out of ordinary callbacks, async or not: one that throws costs its socket
 * (closed with 1011), never the process.
 *
 * Brotli and the counting over both kinds of subscribers need an app of `rollcage/uws`; elsewhere the behavior
 * works without them.
 *
 * @param options Go before what `behavior` says; convenient where several routes share them.
 * @throws {RangeError} For an option out of range.
 * @throws {TypeError} For a callback that is no function, and for other options that are wrong.
 * @example
 * app.ws("/chat", safeWebSocket<{ user: string }>({
 *   upgrade: async (res, req) => res.upgrade({ user: await authenticate(req.getHeader("cookie")) }),
 *   open: (ws) => { ws.subscribe("lobby"); },
 *   message: (ws, message) => { ws.publish("lobby", `${ws.data.user}: ${Buffer.from(message)}`); },
 * }));
 */
export const safeWebSocket: SafeWebSocketFactory = defaults.safeWebSocket;

/**
 * Makes a µWS handler that serves the files of a directory, and nothing outside of it.
 *
 * Small files are kept in memory, compressed once at the best level; larger ones are streamed as fast as the client
 * reads. Entity tags, `Last-Modified`, 304, ranges and `HEAD` are answered, and files that change are noticed within
 * a tenth of a second.
 *
 * @throws {TypeError} When there is no such directory, or an option is wrong.
 * @example
 * app.any("/static/*", serveStatic("public", { maxAgeSeconds: 3_600 }));
 */
export const serveStatic: ServeStatic = defaults.serveStatic;

/**
 * Creates an app: routes, files, WebSockets and plugins on µWS's own router, every handler safe. Serve it on all
 * cores with `startServer(app)`, or in this process with `app.listen(port)`.
 *
 * @throws {TypeError} When an option is wrong.
 * @example
 * const app = createApp();
 * app.get("api/status", (res) => res.json({ ok: true }));
 * app.serve({ directory: "public", pathPrefix: "static" });
 * await startServer(app, { port: 3000 });
 */
export const createApp: CreateApp = defaults.createApp;

/**
 * Makes a µWS handler out of Connect or Express middleware, such as a bundler's development server. It gets Node's
 * own request and response; only the socket below them is not real, so that nothing can be written to it directly,
 * and a protocol cannot be switched.
 *
 * Middleware that expects to be mounted below a path needs that from `connect()` itself:
 * `fromConnect(connect().use("/static", serveStatic("public")))`.
 *
 * @example
 * const vite = await createServer({ server: { middlewareMode: true } });
 * app.any("/*", fromConnect(vite.middlewares));
 */
export const fromConnect: FromConnect = defaults.fromConnect;
