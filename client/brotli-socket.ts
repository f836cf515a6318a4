import { loadBrotliDecoder, type DecodeBrotli } from "./decoder.ts";
import { offeredProtocols, parseAnswer, parseFrame, type Frame } from "./frame.ts";

interface Closed {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

/** Node has it as a global only since 23. */
declare const CloseEvent: (new (type: "close", details: Closed) => Event) | undefined;

type BinaryType = WebSocket["binaryType"];

type Handler = ((event: Event) => unknown) | null;

/** The application's range mirrors 1007: a message that does not decode. */
const UNDECODABLE = 4007;

/** As the protocol reads a text message. */
const UTF_8 = { fatal: true, ignoreBOM: true };

const NEVER_OPENED: Closed = { code: 1006, reason: "", wasClean: false };

/** A `WebSocket` in all but identity; messages pass through one queue, so that decoding keeps their order. */
export class BrotliSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;

  #binaryType: BinaryType = "blob";
  #socket: WebSocket;
  #answer = { protocol: "", isFramed: false };
  #phase: "connecting" | "open" | "failed" | "closed" = "connecting";
  #closeCalled = false;
  /** The last message still to be delivered; `undefined` when there is none. */
  #queue: Promise<void> | undefined;
  #decode: Promise<DecodeBrotli> | undefined;
  readonly #loadDecoder: () => Promise<DecodeBrotli>;
  readonly #handlers = new Map<string, Handler>();

  constructor(
    url: string | URL,
    protocols: readonly string[],
    loadDecoder: () => Promise<DecodeBrotli> = loadBrotliDecoder,
  ) {
    super();
    this.#loadDecoder = loadDecoder;
    // By the standard, a server that chooses none of the offered protocols fails the connection:
    // one more attempt without ours tells that apart from a server that is not there.
    this.#socket = this.#listen(new WebSocket(url, offeredProtocols(protocols)), () => {
      this.#socket = this.#listen(new WebSocket(url, [...protocols]));
    });
  }

  get binaryType(): BinaryType {
    return this.#binaryType;
  }
  set binaryType(type: BinaryType) {
    if (type === "blob" || type === "arraybuffer") this.#binaryType = type;
  }
  get url(): string {
    return this.#socket.url;
  }
  get protocol(): string {
    return this.#answer.protocol;
  }
  get extensions(): string {
    return this.#socket.extensions;
  }
  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }
  /** `CLOSED` only when the last message has been delivered. */
  get readyState(): number {
    if (this.#phase === "closed") return this.CLOSED;
    if (this.#closeCalled || this.#phase === "failed") return this.CLOSING;
    if (this.#phase === "connecting") return this.CONNECTING;
    return Math.min(this.#socket.readyState, this.CLOSING);
  }

  send(data: string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob): void {
    this.#socket.send(data);
  }

  close(code?: number, reason?: string): void {
    const wasCalled = this.#closeCalled;
    // Before: Node 22 tells of the end of a socket that is connecting from within.
    this.#closeCalled = true;
    try {
      this.#socket.close(code, reason);
    } catch (error) {
      this.#closeCalled = wasCalled; // A code that is not allowed.
      throw error;
    }
  }

  get onopen(): Handler {
    return this.#handlers.get("open") ?? null;
  }
  set onopen(handler: Handler) {
    this.#handle("open", handler);
  }
  get onmessage(): Handler {
    return this.#handlers.get("message") ?? null;
  }
  set onmessage(handler: Handler) {
    this.#handle("message", handler);
  }
  get onerror(): Handler {
    return this.#handlers.get("error") ?? null;
  }
  set onerror(handler: Handler) {
    this.#handle("error", handler);
  }
  get onclose(): Handler {
    return this.#handlers.get("close") ?? null;
  }
  set onclose(handler: Handler) {
    this.#handle("close", handler);
  }

  /** One listener for each event takes its place at the first assignment, as the platform does it. */
  #handle(type: string, handler: Handler): void {
    if (!this.#handlers.has(type)) {
      this.addEventListener(type, (event) => this.#handlers.get(type)?.call(this, event));
    }
    this.#handlers.set(type, typeof handler === "function" ? handler : null);
  }

  #listen(socket: WebSocket, retry?: () => void): WebSocket {
    socket.binaryType = "arraybuffer";
    /** Whether this socket is no longer, or not yet, the one that decides. */
    const isReplaced = (): boolean => {
      if (socket !== this.#socket) return true;
      if (retry === undefined || this.#phase !== "connecting" || this.#closeCalled) return false;
      retry();
      return true;
    };
    socket.addEventListener("open", () => {
      this.#phase = "open";
      this.#answer = parseAnswer(socket.protocol);
      this.dispatchEvent(new Event("open"));
    });
    socket.addEventListener("message", ({ data, origin }) => this.#receive(data, origin));
    socket.addEventListener("error", () => {
      if (isReplaced() || this.#phase === "failed") return;
      // Node 22 sends no "close" to a socket that never opened.
      if (this.#phase === "connecting") {
        this.#phase = "failed";
        setTimeout(() => this.#finish(NEVER_OPENED));
      }
      this.#after(() => this.dispatchEvent(new Event("error")));
    });
    socket.addEventListener("close", (event) => {
      if (!isReplaced()) this.#after(() => this.#finish(event));
    });
    return socket;
  }

  #receive(data: string | ArrayBuffer, origin: string): void {
    if (typeof data === "string") return this.#after(() => this.#deliver(data, origin));
    if (!this.#answer.isFramed) {
      return this.#after(() => this.#deliverBytes(new Uint8Array(data), origin));
    }
    const frame = parseFrame(data);
    if (frame === undefined) return this.#after(() => this.#fail());
    if (!frame.isCompressed) return this.#after(() => this.#deliverBytes(frame.payload, origin));
    this.#enqueue(async () => this.#decodeFrame(frame, origin));
  }

  async #decodeFrame(frame: Frame, origin: string): Promise<void> {
    if (!this.#isDelivering) return;
    let bytes: Uint8Array;
    let text: string | undefined;
    try {
      const decode = await (this.#decode ??= this.#loadDecoder());
      bytes = await decode(frame.payload);
      if (frame.isText) text = new TextDecoder("utf-8", UTF_8).decode(bytes);
    } catch {
      return this.#fail(); // A damaged message, or no decoder: nothing after it can be trusted.
    }
    if (text === undefined) this.#deliverBytes(new Uint8Array(bytes), origin);
    else this.#deliver(text, origin);
  }

  /** At once when nothing is being decoded, else behind it. */
  #after(deliver: () => void): void {
    if (this.#queue === undefined) deliver();
    else this.#enqueue(deliver);
  }

  #enqueue(task: () => void | Promise<void>): void {
    const turn = (this.#queue ?? Promise.resolve()).then(task).finally(() => {
      if (this.#queue === turn) this.#queue = undefined;
    });
    this.#queue = turn;
  }

  #deliverBytes(bytes: Uint8Array<ArrayBuffer>, origin: string): void {
    if (this.#binaryType === "blob") return this.#deliver(new Blob([bytes]), origin);
    const isWhole = bytes.byteLength === bytes.buffer.byteLength;
    this.#deliver(isWhole ? bytes.buffer : bytes.slice().buffer, origin);
  }

  /** As with a WebSocket, not after `close()`, although messages may have come before. */
  get #isDelivering(): boolean {
    return this.#phase === "open" && !this.#closeCalled;
  }

  #deliver(data: string | Blob | ArrayBuffer, origin: string): void {
    if (!this.#isDelivering) return;
    this.dispatchEvent(new MessageEvent("message", { data, origin }));
  }

  #fail(): void {
    if (!this.#isDelivering) return;
    this.#phase = "failed";
    this.dispatchEvent(new Event("error"));
    this.#socket.close(UNDECODABLE, "undecodable message");
  }

  #finish({ code, reason, wasClean }: Closed): void {
    if (this.#phase === "closed") return;
    this.#phase = "closed";
    const details = { code, reason, wasClean };
    this.dispatchEvent(
      typeof CloseEvent === "function"
        ? new CloseEvent("close", details)
        : Object.assign(new Event("close"), details),
    );
  }
}
