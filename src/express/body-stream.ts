import type { UpstreamResponse } from "./upstream.ts";
import { endEmpty, hasNoBody, writeHead } from "./write-head.ts";

type Callback = (error?: Error | null) => void;

/**
 * Repairs bodies that are written in pieces. Upstream's `end()` waits for a `drain` that a short last piece
 * never causes, and nothing drains the last piece of a stream that stays open, so that slow readers wait
 * for ever; it never emits `finish` where the length was set; and it sends a body after `HEAD`, 204 and 304,
 * which the client takes for the next answer.
 */
export class BodyStream {
  readonly #response: UpstreamResponse;
  #resume: ((offset: number) => boolean) | undefined;
  #listening = false;

  constructor(response: UpstreamResponse) {
    this.#response = response;
  }

  /** Calls back when the client can take more. */
  write(chunk: Buffer, callback: Callback): void {
    const response = this.#response;
    response._res.cork(() => {
      writeHead(response);
      if (chunk.length === 0 || hasNoBody(response)) callback();
      else if (response.chunkedTransfer) this.#writeChunked(chunk, callback);
      else this.#writeSized(chunk, callback);
    });
  }

  end(callback: Callback): void {
    const response = this.#response;
    if (response.finished) {
      callback();
      return;
    }
    response._res.cork(() => {
      writeHead(response);
      response.finished = true;
      response.req.discardBody();
      this.#endNative();
    });
    callback();
  }

  #endNative(): void {
    const { _res: native, chunkedTransfer, totalSize } = this.#response;
    if (hasNoBody(this.#response)) {
      endEmpty(this.#response, chunkedTransfer ? undefined : totalSize);
    } else if (chunkedTransfer || totalSize === 0) native.end();
    // Less came than Content-Length promised; nothing but closing tells the client.
    else native.close();
  }

  #writeChunked(chunk: Buffer, callback: Callback): void {
    if (this.#response._res.write(chunk)) {
      callback();
      return;
    }
    this.#whenWritable(() => {
      callback();
      return true;
    });
  }

  #writeSized(chunk: Buffer, callback: Callback): void {
    const response = this.#response;
    const start = response._res.getWriteOffset();
    const left = chunk.subarray(0, response.totalSize - start);
    const isLast = start + left.length === response.totalSize;
    const send = (offset: number): boolean => {
      if (isLast) response.req.discardBody();
      const [ok, done] = response._res.tryEnd(left.subarray(offset - start), response.totalSize);
      if (done) response.finished = true;
      if (ok || done) callback();
      return ok || done;
    };
    if (left.length === 0) callback();
    else if (!send(start)) this.#whenWritable(send);
  }

  /** The listener cannot be taken back, so there is one, for whatever waits. */
  #whenWritable(resume: (offset: number) => boolean): void {
    this.#resume = resume;
    if (this.#listening) return;
    this.#listening = true;
    const response = this.#response;
    response._res.onWritable((offset) => {
      if (response.finished) return true;
      // With a listener the binary sends what it has buffered only together with something new.
      if (response.chunkedTransfer) response._res.cork(() => {});
      const waiting = this.#resume;
      if (waiting === undefined) return true;
      this.#resume = undefined;
      const ok = waiting(offset);
      if (!ok) this.#resume = waiting;
      return ok;
    });
  }
}
