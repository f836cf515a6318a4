import { createSafety, type SafeHandlerFactory } from "./create-safety.ts";

export { negotiateEncoding, type ContentCoding } from "./compression/negotiate.ts";
export { createSafety, type Safety, type SafeHandlerFactory } from "./create-safety.ts";
export { parseBody, type BodyOptions } from "./body/parse-body.ts";
export { parseForm, type FormFields } from "./body/parse-form.ts";
export { parseJson } from "./body/parse-json.ts";
export { parseMultipart, type MultipartPart } from "./body/parse-multipart.ts";
export { parseText } from "./body/parse-text.ts";
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

/**
 * Makes a µWS handler out of an ordinary function: whatever that does, it costs one request at most.
 *
 * @example
 * app.get("/user/:id", safeHandler(async (res, req) => {
 *   const user = await db.find(req.getParameter(0), { signal: res.signal });
 *   if (!user) throw new HttpError(404, "no such user");
 *   res.json(user);
 * }));
 */
export const safeHandler: SafeHandlerFactory = createSafety().safeHandler;
