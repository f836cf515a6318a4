import { validateHeaderName, validateHeaderValue } from "node:http";
import { Writable } from "node:stream";

import { BodyStream } from "./body-stream.ts";
import { ClientSocket } from "./client-socket.ts";
import { watchFile } from "./send-file.ts";
import type { UpstreamResponse } from "./upstream.ts";
import type { BeginListener } from "./when-begun.ts";

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

    override setHeader(field: string, value: unknown): this {
      validateHeader(field, value);
      return super.setHeader(field, value);
    }

    override append(field: string, value: string | readonly string[]): this {
      validateHeader(field, value);
      return super.append(field, value);
    }

    /** Upstream sends any number, also NaN, as the status. */
    override status(code: number | string): this {
      const status = Number(code);
      if (!Number.isInteger(status) || status < 100 || status > 999) {
        throw new RangeError(`Expected a status from 100 to 999, got ${code}`);
      }
      return super.status(status);
    }

    override writeHeaders(utf8: boolean): void {
      super.writeHeaders(utf8);
      this.#settle();
    }

    override sendFile(path: string, options?: unknown, callback?: unknown): void {
      const [given, settings] = typeof options === "function" ? [options] : [callback, options];
      const done = typeof given === "function" ? (given as () => void) : undefined;
      watchFile(this, done, (watched) => super.sendFile(path, settings, watched));
    }

    override end(chunk?: unknown, encoding?: unknown, callback?: () => void): this {
      if (this.#body !== undefined || this.writableLength > 0) {
        return Writable.prototype.end.call(this, chunk, encoding as never, callback) as this;
      }
      if (this.finished) return this;
      const done = [chunk, encoding, callback].find((argument) => typeof argument === "function");
      const data = typeof chunk === "function" ? undefined : chunk;
      super.end(toBytes(data, encoding), done as () => void);
      this.#clientSocket?.emit("close");
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
  if (Array.isArray(value)) for (const item of value) validateHeaderValue(field, String(item));
  else validateHeaderValue(field, String(value));
}

/** Upstream takes no notice of the encoding of a string. */
function toBytes(data: unknown, encoding: unknown): unknown {
  if (typeof data !== "string" || typeof encoding !== "string") return data;
  return /^utf-?8$/i.test(encoding) ? data : Buffer.from(data, encoding as BufferEncoding);
}
