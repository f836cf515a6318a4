import type { HttpRequest, HttpResponse, RecognizedString } from "../../safety/uws-types.ts";
import type { ParsedAnswer } from "./raw-client.ts";

/** What the fake client sends. */
export interface FakeRequestInit {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly query?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The body, chunk by chunk, each in a turn of its own. */
  readonly chunks?: readonly string[] | undefined;
  /** Go away after this many turns of the event loop. */
  readonly abortAfterTurns?: number | undefined;
}

export type FakeOutcome = ParsedAnswer | "closed";

/** The process would be gone: `std::terminate`, past every listener. */
class WouldTerminate extends Error {}

const text = (value: RecognizedString | undefined): string => {
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  const bytes = ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : Buffer.from(value);
  return bytes.toString();
};

const nextTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** How much `tryEnd` takes before it reports backpressure. */
const SOCKET_BYTES = 64 * 1024;

/**
 * A response as unforgiving as µWS's: it throws when it is used after it has ended or was aborted, keeps only the
 * last listener, and detaches every chunk when the handler of `onData` returns.
 */
export class StrictFake {
  readonly outcome: Promise<FakeOutcome>;
  /** Calls that ended the response: never more than one. */
  terminations = 0;
  #finish: (outcome: FakeOutcome) => void = () => {};
  #valid = true;
  #status = "200 OK";
  #headers: Record<string, string> = {};
  #body = "";
  #state: "head" | "chunked" | "sized" = "head";
  #offset = 0;
  #firstTick = true;
  #listening: ((chunk: ArrayBuffer, isLast: boolean) => void) | undefined;
  #onAborted: (() => void) | undefined;
  #onWritable: ((offset: number) => boolean) | undefined;
  #paused = false;

  constructor() {
    this.outcome = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** Runs a handler as µWS would, and then lets the client do its part. */
  run(handler: (res: HttpResponse, req: HttpRequest) => unknown, init: FakeRequestInit): void {
    const request = createRequest(init);
    const response = this.#createResponse();
    try {
      handler(response, request.request);
    } catch (cause) {
      throw new WouldTerminate("the handler threw", { cause });
    }
    request.invalidate();
    this.#firstTick = false;
    if (this.#valid && this.#onAborted === undefined) {
      throw new WouldTerminate("neither answered nor listening for an abort");
    }
    void this.#deliver(init.chunks ?? []);
    if (init.abortAfterTurns !== undefined) void this.#abortAfter(init.abortAfterTurns);
  }

  async #deliver(chunks: readonly string[]): Promise<void> {
    for (const [index, chunk] of chunks.entries()) {
      await nextTurn();
      while (this.#paused && this.#valid) await nextTurn();
      if (!this.#valid) return;
      const bytes = new Uint8Array(Buffer.from(chunk)).buffer;
      this.#listening?.(bytes, index === chunks.length - 1);
      structuredClone(bytes, { transfer: [bytes] });
    }
  }

  async #abortAfter(turns: number): Promise<void> {
    for (let turn = 0; turn < turns; turn++) await nextTurn();
    this.#abort();
  }

  #abort(): void {
    if (!this.#valid) return;
    this.#valid = false;
    this.#finish("closed");
    this.#onAborted?.();
  }

  #use(): void {
    if (!this.#valid) {
      throw new Error("uWS.HttpResponse must not be accessed after it has ended or was aborted");
    }
  }

  #terminate(body: string): void {
    this.terminations++;
    this.#valid = false;
    this.#body += body;
    const status = Number.parseInt(this.#status, 10);
    this.#finish({ status, headers: this.#headers, body: this.#body });
  }

  #tryEnd(chunk: string, total: number): [boolean, boolean] {
    this.#use();
    if (this.#state === "chunked") throw new Error("µWS would end the body with this part");
    this.#state = "sized";
    this.#headers["content-length"] = String(total);
    const taken = chunk.slice(0, SOCKET_BYTES);
    this.#body += taken;
    this.#offset += taken.length;
    if (this.#offset >= total) {
      this.#terminate("");
      return [true, true];
    }
    if (taken.length === chunk.length) return [true, false];
    setImmediate(() => {
      if (this.#valid) this.#onWritable?.(this.#offset);
    });
    return [false, false];
  }

  #createResponse(): HttpResponse {
    const response: HttpResponse = {
      pause: () => {
        this.#use();
        this.#paused = true;
      },
      resume: () => {
        this.#use();
        this.#paused = false;
      },
      writeStatus: (status) => {
        this.#use();
        this.#status = text(status);
        return response;
      },
      writeHeader: (name, value) => {
        this.#use();
        if (this.#state !== "head") throw new Error("a header in the middle of the body");
        this.#headers[text(name).toLowerCase()] = text(value);
        return response;
      },
      write: (chunk) => {
        this.#use();
        if (this.#state === "sized") throw new Error("chunks in the middle of a sized body");
        this.#state = "chunked";
        this.#body += text(chunk);
        return true;
      },
      end: (body, closing) => {
        this.#use();
        if (this.#state === "sized") throw new Error("µWS would never end this");
        if (closing === true && this.#state !== "head") {
          throw new Error("µWS writes Connection: close into the middle of the body");
        }
        if (closing === true) this.#headers["connection"] = "close";
        const last = text(body);
        if (this.#state === "head")
          this.#headers["content-length"] = String(Buffer.byteLength(last));
        this.#terminate(last);
        return response;
      },
      endWithoutBody: (length, closing) => {
        this.#use();
        if (length !== undefined && length > 0) throw new Error("µWS would never end this");
        if (closing === true) this.#headers["connection"] = "close";
        this.#terminate("");
        return response;
      },
      tryEnd: (chunk, total) => this.#tryEnd(text(chunk), total),
      close: () => {
        this.#use();
        this.#abort();
        return response;
      },
      getWriteOffset: () => {
        this.#use();
        return this.#offset;
      },
      onWritable: (handler) => {
        this.#use();
        this.#onWritable = handler;
        return response;
      },
      onAborted: (handler) => {
        this.#use();
        this.#onAborted = handler;
        return response;
      },
      onData: (handler) => {
        this.#use();
        // Attached later, it waits for ever: the body was dropped.
        if (this.#firstTick) this.#listening = handler;
        return response;
      },
      getRemoteAddress: () => this.#address(),
      getRemoteAddressAsText: () => this.#address(),
      getProxiedRemoteAddress: () => this.#address(),
      getProxiedRemoteAddressAsText: () => this.#address(),
      getRemotePort: () => 1,
      cork: (callback) => {
        this.#use();
        callback();
        return response;
      },
      upgrade: () => {
        this.#use();
        this.#terminate("");
      },
    };
    return response;
  }

  #address(): ArrayBuffer {
    this.#use();
    return new ArrayBuffer(4);
  }
}

/** A request that is gone when the handler returns. */
function createRequest(init: FakeRequestInit): { request: HttpRequest; invalidate: () => void } {
  let valid = true;
  const live = <T>(value: T): T => {
    if (!valid) throw new Error("uWS.HttpRequest must not be accessed after await");
    return value;
  };
  const { method = "GET", url = "/", query = "", headers = {} } = init;
  function getQuery(): string;
  function getQuery(key: string): string | undefined;
  function getQuery(key?: string): string | undefined {
    if (key === undefined) return live(query);
    return live(new URLSearchParams(query).get(key) ?? undefined);
  }
  const request: HttpRequest = {
    getHeader: (name) => live(headers[text(name)] ?? ""),
    getParameter: () => live(""),
    getUrl: () => live(url),
    getMethod: () => live(method.toLowerCase()),
    getCaseSensitiveMethod: () => live(method),
    getQuery,
    forEach: (callback) => {
      for (const [name, value] of Object.entries(live(headers))) callback(name, value);
    },
    setYield: () => live(request),
  };
  return {
    request,
    invalidate: () => {
      valid = false;
    },
  };
}
