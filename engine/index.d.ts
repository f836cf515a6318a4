// The types of uws-pack and what its binary has beyond them. Written for `rollcage/uws` and for
// ultimate-express, whose own types import "uWebSockets.js".
import type * as uws from "./uws-pack.d.mts" with { "resolution-mode": "import" };

export type AppOptions = uws.AppOptions;
export type CompressOptions = uws.CompressOptions;
export type HttpRequest = uws.HttpRequest;
export type HttpResponse = uws.HttpResponse;
export type MultipartField = uws.MultipartField;
export type RecognizedString = uws.RecognizedString;
export type TemplatedApp = uws.TemplatedApp;
export type WebSocket<UserData> = uws.WebSocket<UserData>;
export type WebSocketBehavior<UserData> = uws.WebSocketBehavior<UserData>;
export type us_listen_socket = uws.us_listen_socket;
export type us_socket = uws.us_socket;
export type us_socket_context_t = uws.us_socket_context_t;

export const App: (options?: AppOptions) => TemplatedApp;
export const SSLApp: (options: AppOptions) => TemplatedApp;
export const getParts: typeof uws.getParts;
export const us_listen_socket_close: typeof uws.us_listen_socket_close;
export const us_socket_local_port: typeof uws.us_socket_local_port;
export const LIBUS_LISTEN_EXCLUSIVE_PORT: number;

export const DISABLED: CompressOptions;
export const SHARED_COMPRESSOR: CompressOptions;
export const SHARED_DECOMPRESSOR: CompressOptions;
export const DEDICATED_COMPRESSOR: CompressOptions;
export const DEDICATED_COMPRESSOR_3KB: CompressOptions;
export const DEDICATED_COMPRESSOR_4KB: CompressOptions;
export const DEDICATED_COMPRESSOR_8KB: CompressOptions;
export const DEDICATED_COMPRESSOR_16KB: CompressOptions;
export const DEDICATED_COMPRESSOR_32KB: CompressOptions;
export const DEDICATED_COMPRESSOR_64KB: CompressOptions;
export const DEDICATED_COMPRESSOR_128KB: CompressOptions;
export const DEDICATED_COMPRESSOR_256KB: CompressOptions;
export const DEDICATED_DECOMPRESSOR: CompressOptions;
export const DEDICATED_DECOMPRESSOR_512B: CompressOptions;
export const DEDICATED_DECOMPRESSOR_1KB: CompressOptions;
export const DEDICATED_DECOMPRESSOR_2KB: CompressOptions;
export const DEDICATED_DECOMPRESSOR_4KB: CompressOptions;
export const DEDICATED_DECOMPRESSOR_8KB: CompressOptions;
export const DEDICATED_DECOMPRESSOR_16KB: CompressOptions;
export const DEDICATED_DECOMPRESSOR_32KB: CompressOptions;
