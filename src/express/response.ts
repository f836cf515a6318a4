import { validateHeaderName, validateHeaderValue } from "node:http";
import { Writable } from "node:stream";

import { BodyStream } from "./body-stream.ts";
import { ClientSocket } from "./client-socket.ts";
import { headersOf } from "./node-methods.ts";
import { redirect } from "./redirect.ts";
import { watchFile } from "./send-file.ts";
import type { UpstreamResponse } from "./upstream.ts";
import type { BeginListener } from "./when-begun.ts";
import { endWhole, prepareBody, toBody, withoutStaleBody } from "./whole-body.ts";
import { assertHeadUnsent } from "./write-head.ts";

type Callback = (error?: Error | null) => void;

export interface RepairedResponse extends UpstreamResponse {
  readonly clientSocket: ClientSocket;
  beginListener: BeginListener | undefined;
}

/** Upstream's response with what Node's has and it lacks. */
export function repairResponse(Upstream: typeof UpstreamResponse): typeof UpstreamResponse {
  class Response extends Upstream implements RepairedResponse {
    beginListener: BeginListener | undefined;
    // Written by upstream's constructor through the accessors below, before a private field would exist.
    declare _aborted: boolean;
    declare _statusText: string | undefined;
    #clientSocket: ClientSocket | undefined;
    #body: BodyStream | undefined;
    #sendingFile = false;

    get clientSocket(): ClientSocket {
      return (this.#clientSocket ??= new ClientSocket(this));
    }

    /** Null after the end, as in Node. */
    override get socket(): ClientSocket | null {
      return this.finished ? null : this.clientSocket;
    }

    /**
     * Repairs aborted exchanges: upstream only notes the abort, by setting this, and neither request
     * nor response emits `close`, for which loggers and streams wait.
     */
    override get aborted(): boolean {
      return this._aborted;
    }

    override set aborted(value: boolean) {
      this._aborted = value;
      if (!value) return;
      this.finished = true;
      this.#settle();
      this.destroy();
      this.req.destroy(Object.assign(new Error("aborted"), { code: "ECONNRESET" }));
    }

    /** Upstream writes what it is given, so that a line break in it begins another header. */
    override get statusText(): string | undefined {
      return this._statusText;
    }

    override set statusText(value: string | undefined) {
      if (value !== undefined) validateHeaderValue("statusMessage", value);
      this._statusText = value;
    }

    get statusMessage(): string | undefined {
      return this.statusText;
    }

    set statusMessage(value: string | undefined) {
      this.statusText = value;
    }

    /** What is not text becomes text, as in Express; only `setHeader` refuses `undefined`. */
    override set(field: string | Readonly<Record<string, unknown>>, value?: unknown): this {
      if (typeof field === "string") {
        return super.set(field, Array.isArray(value) ? value : String(value));
      }
      for (const [name, item] of Object.entries(field)) this.set(name, item);
      return this;
    }

    override setHeader(field: string, value: unknown): this {
      assertHeadUnsent(this);
      validateHeader(field, value);
      return super.setHeader(field, value);
    }

    override append(field: string, value: string | readonly string[]): this {
      assertHeadUnsent(this);
      validateHeader(field, value);
      return super.append(field, value);
    }

    override removeHeader(field: string): this {
      assertHeadUnsent(this);
      return super.removeHeader(field);
    }

    /** Upstream sends any number, also NaN, as the status. */
    override status(code: number | string): this {
      const status = Number(code);
      if (!Number.isInteger(status) || status < 100 || status > 999) {
        throw new RangeError(`Expected a status from 100 to 999, got ${code}`);
      }
      return super.status(status);
    }

    /**
     * Upstream takes the letters of a message for headers, and gives headers to `set`, which adds a
     * charset to what an event stream says.
     */
    override writeHead(status: number, message?: unknown, headers?: unknown): this {
      const given = headers ?? (typeof message === "string" ? undefined : message);
      if (typeof given === "object" && given !== null) {
        for (const [name, value] of headersOf(given)) this.setHeader(name, value);
      }
      this.statusCode = status;
      if (typeof message === "string") this.statusText = message;
      return this;
    }

    override writeHeaders(utf8: boolean): void {
      // The binary closes behind the answer, as it was asked to; upstream promises more.
      if (
        this.req.headers["connection"] === "close" &&
        this.headers["connection"] === "keep-alive"
      ) {
        this.set("connection", "close").removeHeader("keep-alive");
      }
      super.writeHeaders(utf8);
      this.#settle();
    }

    /** Upstream takes a number for a status, and an array of bytes for an object, as Express 4 does. */
    override send(body: unknown): this {
      assertHeadUnsent(this);
      if (typeof body === "string") return this.end(prepareBody(this, body));
      if (body instanceof Uint8Array) return this.end(prepareBody(this, toBuffer(body)));
      if (typeof body !== "number") return super.send(body);
      this.json(body);
      return this;
    }

    /** Upstream takes "back" for the referrer, as Express 4 does. */
    override location(url: string): this {
      return url === "back" ? this.set("Location", url) : super.location(url);
    }

    override redirect(...given: [url: string] | [status: number, url: string]): void {
      const [status, url] = given.length === 1 ? [302, given[0]] : given;
      redirect(this, status, url);
    }

    /** Upstream answers 406 itself; Express gives it to the error handlers. */
    override format(choices: Readonly<Record<string, unknown>>): this {
      const types = Object.keys(choices);
      if (choices["default"] || this.req.accepts(types)) return super.format(choices);
      this.vary("Accept");
      this.req.next(Object.assign(new Error("Not Acceptable"), { status: 406, statusCode: 406 }));
      return this;
    }

    override sendFile(path: string, options?: unknown, callback?: unknown): void {
      const [given, settings] = typeof options === "function" ? [options] : [callback, options];
      const done = typeof given === "function" ? (given as () => void) : undefined;
      this.#sendingFile = true;
      watchFile(this, done, (watched) => super.sendFile(path, settings, watched));
    }

    override end(chunk?: unknown, encoding?: unknown, callback?: () => void): this {
      if (this.#body !== undefined || this.writableLength > 0) {
        return Writable.prototype.end.call(this, chunk, encoding as never, callback) as this;
      }
      if (this.finished) return this;
      const body = toBody(typeof chunk === "function" ? undefined : chunk, encoding);
      endWhole(this, this.#sendingFile ? withoutStaleBody(this, body) : body);
      this.#clientSocket?.emit("close");
      const done = [chunk, encoding, callback].find((argument) => typeof argument === "function");
      // Upstream itself listens to `close`, once.
      if (done || this.listenerCount("finish") > 0 || this.listenerCount("close") > 1) {
        process.nextTick(emitEnd, this, done);
      }
      return this;
    }

    override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
      if (this.finished) {
        callback();
        return;
      }
      this.#body ??= new BodyStream(this);
      this.#body.write(chunk, callback);
    }

    override _final(callback: Callback): void {
      this.#body ??= new BodyStream(this);
      this.#body.end(callback);
    }

    override _destroy(error: Error | null, callback: Callback): void {
      if (!this.finished) {
        this.finished = true;
        this._res.close();
      }
      this.#clientSocket?.emit("close");
      callback(error);
    }

    #settle(): void {
      const listener = this.beginListener;
      this.beginListener = undefined;
      listener?.onBegin();
    }
  }
  Object.defineProperties(Response.prototype, endState);
  return Response;
}

/** Upstream's `end()` goes past the stream's own state, so that these would stay false. */
const endState: PropertyDescriptorMap & ThisType<UpstreamResponse> = {
  writableEnded: {
    get() {
      return isFinished(this) || Reflect.get(Writable.prototype, "writableEnded", this);
    },
  },
  writableFinished: {
    get() {
      return isFinished(this);
    },
  },
};

function isFinished(response: UpstreamResponse): boolean {
  return response.finished && !response.aborted;
}

function validateHeader(field: string, value: unknown): void {
  validateHeaderName(field);
  if (Array.isArray(value)) for (const item of value) validateHeaderValue(field, item);
  else validateHeaderValue(field, value as string);
}

function toBuffer(bytes: Uint8Array): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function emitEnd(response: UpstreamResponse, done: (() => void) | undefined): void {
  response.emit("finish");
  done?.();
  response.emit("close");
}
