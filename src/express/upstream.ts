import type { Readable, Writable } from "node:stream";

import type ultimateExpress from "ultimate-express";
import type { HttpRequest, HttpResponse, TemplatedApp } from "uWebSockets.js";

// What ultimate-express has beyond its types, as far as the repairs need it.

export type UltimateExpress = typeof ultimateExpress;

export type Settings = NonNullable<Parameters<UltimateExpress>[0]>;

export type Application = ReturnType<UltimateExpress>;

export declare class UpstreamRequest extends Readable {
  readonly _res: HttpResponse;
  readonly app: UpstreamApplication;
  readonly method: string;
  readonly headers: Record<string, string | undefined>;
  /** `optimizedParams`: names of the parameters that the native router found. */
  readonly route: { readonly optimizedParams?: readonly string[] } | undefined;
  res: UpstreamResponse;
  body: unknown;
  next: (error?: unknown) => void;
  _error: unknown;
  readonly fresh: boolean;
  noEtag: boolean | undefined;
  _errorKey: unknown;
  /** The peer's address bytes; set by the constructor of some requests only. */
  rawIp: ArrayBuffer | undefined;
  constructor(request: HttpRequest, response: HttpResponse, app: UpstreamApplication);
  readonly originalUrl: string;
  readonly urlQuery: string;
  /** What is left of the path below the mounts passed so far. */
  readonly _opPath: string;
  accepts(types: readonly string[]): string | false;
  /** Ours; see request.ts. */
  discardBody(): void;
  get url(): string;
  set url(url: string);
  get params(): Record<string, string | undefined>;
  set params(params: Record<string, string | undefined>);
  get parsedIp(): string | undefined;
  get socket(): object;
  set socket(socket: object | null);
  get connection(): object;
}

export declare class UpstreamResponse extends Writable {
  readonly _res: HttpResponse;
  readonly app: UpstreamApplication;
  req: UpstreamRequest;
  /** By lower-case name. */
  readonly headers: Record<string, string | string[] | undefined>;
  statusCode: number;
  headersSent: boolean;
  /** Ended or aborted. */
  finished: boolean;
  chunkedTransfer: boolean;
  /** The `Content-Length` that was set, where `chunkedTransfer` is false. */
  totalSize: number;
  constructor(response: HttpResponse, request: UpstreamRequest, app: UpstreamApplication);
  get aborted(): boolean;
  set aborted(value: boolean);
  get statusText(): string | undefined;
  set statusText(value: string | undefined);
  get socket(): object | null;
  status(code: number | string): this;
  set(field: string | Readonly<Record<string, unknown>>, value?: unknown): this;
  append(field: string, value: string | readonly string[]): this;
  setHeader(field: string, value: unknown): this;
  removeHeader(field: string): this;
  vary(field: string): this;
  location(url: string): this;
  redirect(...given: [url: string] | [status: number, url: string]): void;
  format(choices: Readonly<Record<string, unknown>>): this;
  json(body: unknown): void;
  writeHead(status: number, message?: unknown, headers?: unknown): this;
  writeHeaders(utf8: boolean): void;
  send(body: unknown): this;
  sendFile(path: string, options?: unknown, callback?: unknown): void;
}

export interface Exchange {
  readonly request: UpstreamRequest;
  readonly response: UpstreamResponse;
}

export type HandleError = (
  this: UpstreamRouter,
  ...args: [
    error: unknown,
    handler: ErrorHandler | null,
    request: UpstreamRequest,
    response: UpstreamResponse,
  ]
) => unknown;

export type ErrorHandler = (
  error: unknown,
  request: UpstreamRequest,
  response: UpstreamResponse,
  next: (error?: unknown) => void,
) => unknown;

export interface UpstreamRouter {
  _handleError: HandleError;
  _sendErrorPage: (
    request: UpstreamRequest,
    response: UpstreamResponse,
    error: unknown,
    checkEnv?: boolean,
  ) => void;
  _extractParams: (pattern: RegExp, path: string) => Record<string, string | undefined>;
  createRoute: (...args: unknown[]) => unknown;
  readonly _routes: UpstreamRoute[];
  param: (name: unknown, callback?: ParamCallback) => unknown;
  get: (setting: string) => unknown;
}

export interface UpstreamRoute {
  path: string | RegExp;
  readonly pattern: string | RegExp;
  /** Registered by `use`. */
  readonly use: boolean;
  /** Has parameters. */
  complex?: boolean;
}

export type ParamCallback = (
  ...args: [
    request: UpstreamRequest,
    response: UpstreamResponse,
    next: (error?: unknown) => void,
    value: unknown,
    name: string,
  ]
) => unknown;

export interface UpstreamApplication extends UpstreamRouter {
  uwsApp: TemplatedApp;
  port: number | undefined;
  readonly ssl: unknown;
  needsIpAfterResponse?: boolean;
  _request: typeof UpstreamRequest;
  _response: typeof UpstreamResponse;
  readonly settings: Record<string, unknown>;
  set: (setting: string, value?: unknown) => unknown;
  handleRequest: (response: HttpResponse, request: HttpRequest) => Exchange;
  render: (
    name: string,
    options?: RenderOptions | RenderCallback,
    callback?: RenderCallback,
  ) => void;
  listen: (...args: unknown[]) => UpstreamApplication;
  close: (callback?: () => void) => void;
  address: () => unknown;
  emit: (event: string, ...args: unknown[]) => boolean;
  once: (event: string, listener: (...args: never[]) => void) => unknown;
}

type RenderOptions = { readonly _locals?: object } & Readonly<Record<string, unknown>>;

type RenderCallback = (error: unknown, text?: string) => void;
