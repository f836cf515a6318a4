import { isThenable } from "../../src/internal/is-thenable.ts";
import type { RecognizedString, WebSocket } from "../uws-types.ts";
import { BrotliOutbox } from "./brotli-outbox.ts";
import { reaches } from "./compressor.ts";
import type { Frame } from "./frame.ts";
import type { WebSocketConfig } from "./options.ts";
import { brotliTopic, isReserved, publicTopic, toMessage, toText, type Topics } from "./topics.ts";

/** Closes a socket one of whose callbacks has failed. */
export const INTERNAL_ERROR = 1011;

/**
 * `sent`: handed to the operating system. `buffered`: waits in memory, in order. `dropped`: too much waits
 * already; what happens then is `onBackpressure`. `closed`: the socket is gone.
 */
export type SendResult = "sent" | "buffered" | "dropped" | "closed";

/** By the number that µWS returns. */
const RESULTS: readonly SendResult[] = ["buffered", "sent", "dropped"];

/** What is known of a connection since its upgrade. */
export interface Handshake<UserData> {
  readonly data: UserData;
  /** Of the client, also behind a proxy that was trusted to name it. */
  readonly remoteAddress: string;
  readonly url: string;
  readonly isBrotli: boolean;
}

/** What a report needs of a socket, and how it ends. */
export interface FailedSocket {
  readonly url: string;
  readonly done: boolean;
  end(code: number, reason: string): void;
}

/** What all sockets of one route share. */
export interface Route {
  readonly config: WebSocketConfig;
  readonly counts: { sendsAfterClose: number; dropped: number };
  /** A callback failed. */
  readonly fail: (ws: FailedSocket, thrown: unknown) => void;
  /** `undefined` until the route is part of an app. */
  topics: Topics | undefined;
}

/** A µWS WebSocket that may be used at any time, also after it has closed. */
export class SafeWebSocket<UserData> {
  /** What `upgrade` gave to this connection. */
  readonly data: UserData;
  /** Address of the client as text; stays when the socket has closed. */
  readonly remoteAddress: string;
  /** Path of the upgrade request, without the query. */
  readonly url: string;
  readonly #native: WebSocket<unknown>;
  readonly #route: Route;
  /** Only for a client that takes brotli frames. */
  readonly #outbox: BrotliOutbox | undefined;
  #phase: "open" | "ending" | "closed" = "open";
  #drained: { promise: Promise<boolean>; settle: (isDrained: boolean) => void } | undefined;

  /** @internal */
  constructor(native: WebSocket<unknown>, handshake: Handshake<UserData>, route: Route) {
    this.data = handshake.data;
    this.remoteAddress = handshake.remoteAddress;
    this.url = handshake.url;
    this.#native = native;
    this.#route = route;
    this.#outbox =
      handshake.isBrotli && route.topics !== undefined
        ? new BrotliOutbox(native, route.topics)
        : undefined;
  }

  /** Whether the socket has closed or is closing; whatever is sent now is ignored. */
  get done(): boolean {
    return this.#phase !== "open";
  }

  /**
   * Sends a message. Never throws; after the close it is ignored and counted.
   *
   * @param isBinary Defaults to what the message is: text for a string, binary for anything else.
   * @param compress `false` forbids compression; otherwise the threshold decides.
   */
  send(message: RecognizedString, isBinary?: boolean, compress?: boolean): SendResult {
    if (this.done) {
      this.#route.counts.sendsAfterClose++;
      return "closed";
    }
    const binary = isBinary ?? typeof message !== "string";
    const { codec, threshold } = this.#route.config;
    const compresses = codec !== "none" && compress !== false && reaches(message, threshold);
    if (this.#outbox === undefined) return this.#write(message, binary, compresses);
    const frame = { data: toMessage(message), isBinary: binary };
    return this.#sendFramed(this.#outbox, frame, compresses);
  }

  /** Bytes that wait in memory. */
  getBufferedAmount(): number {
    if (this.#phase === "closed") return 0;
    return this.#native.getBufferedAmount() + (this.#outbox?.waitingBytes ?? 0);
  }

  /**
   * Resolves with `true` as soon as nothing waits in memory, with `false` when the socket closes before.
   *
   * @example
   * for (const row of rows) {
   *   ws.send(row);
   *   if (!(await ws.drained())) return;
   * }
   */
  async drained(): Promise<boolean> {
    if (this.#phase === "closed") return false;
    if (this.getBufferedAmount() === 0) return true;
    if (this.#drained === undefined) {
      let settle = (_isDrained: boolean): void => {};
      const promise = new Promise<boolean>((resolve) => {
        settle = resolve;
      });
      this.#drained = { promise, settle };
    }
    return this.#drained.promise;
  }

  /** Closes gracefully, behind what has been sent. Ignored when it is closed or closing. */
  end(code?: number, reason?: RecognizedString): void {
    if (this.#phase !== "open") return;
    this.#phase = "ending";
    // What µWS would throw at would leave a socket that cannot be ended any more.
    const text = reason && toText(reason);
    const earlier = this.#outbox?.earlier;
    if (earlier === undefined) this.#native.end(code, text);
    else {
      void earlier.then(() => {
        if (this.#phase === "ending") this.#native.end(code, text);
      });
    }
  }

  /** Closes at once, without a word to the client. */
  close(): void {
    if (this.#phase !== "closed") this.#native.close();
  }

  /** Sends a ping; the answer comes to `pong`. Quiet clients are pinged without it. */
  ping(message?: RecognizedString): SendResult {
    return this.done ? "closed" : toResult(this.#native.ping(message));
  }

  /** @returns Whether the socket is now subscribed. */
  subscribe(topic: RecognizedString): boolean {
    const name = toText(topic);
    return !this.done && !isReserved(name) && this.#native.subscribe(this.#own(name));
  }

  /** @returns Whether the socket had been subscribed. */
  unsubscribe(topic: RecognizedString): boolean {
    const name = toText(topic);
    return !this.done && !isReserved(name) && this.#native.unsubscribe(this.#own(name));
  }

  /** Whether the socket is subscribed to the topic. */
  isSubscribed(topic: RecognizedString): boolean {
    return this.#phase !== "closed" && this.#native.isSubscribed(this.#own(toText(topic)));
  }

  /** The topics that the socket is subscribed to. */
  getTopics(): string[] {
    return this.#phase === "closed" ? [] : this.#native.getTopics().map(publicTopic);
  }

  /** Sends to the other subscribers of a topic in this process. @returns Whether there were any. */
  publish(
    topic: RecognizedString,
    message: RecognizedString,
    isBinary?: boolean,
    compress?: boolean,
  ): boolean {
    const name = toText(topic);
    if (this.done || isReserved(name)) return false;
    const data = toMessage(message);
    const binary = isBinary ?? typeof data !== "string";
    const { topics } = this.#route;
    if (topics === undefined) return this.#native.publish(name, data, binary, compress);
    const sender = (): WebSocket<unknown> | undefined =>
      this.#phase === "closed" ? undefined : this.#native;
    return topics.publish({ topic: name, message: data, isBinary: binary, compress, sender });
  }

  /** Gathers what `callback` sends into as few packets as possible. */
  cork(callback: () => void): this {
    const run = () => this.#observe(callback());
    if (this.#phase === "closed") run();
    else this.#native.cork(run);
    return this;
  }

  /** 4 or 16 bytes; empty after the close. See `remoteAddress`. */
  getRemoteAddress(): ArrayBuffer {
    return this.#phase === "closed" ? new ArrayBuffer(0) : this.#native.getRemoteAddress();
  }

  /** `remoteAddress` in bytes, as in µWS. */
  getRemoteAddressAsText(): ArrayBuffer {
    return new TextEncoder().encode(this.remoteAddress).buffer;
  }

  /** The same as `data`. */
  getUserData(): UserData {
    return this.data;
  }

  /** @internal The operating system has taken more of what waits. */
  noteDrain(): void {
    if (this.#drained === undefined || this.getBufferedAmount() > 0) return;
    this.#drained.settle(true);
    this.#drained = undefined;
  }

  /** @internal From here on the native socket must not be touched. */
  noteClose(): void {
    this.#phase = "closed";
    this.#outbox?.close();
    this.#drained?.settle(false);
    this.#drained = undefined;
  }

  /** Nobody waits for a callback that is async, but its rejection would end the process. */
  #observe(result: unknown): void {
    if (isThenable(result)) result.then(undefined, (error) => this.#route.fail(this, error));
  }

  #sendFramed(outbox: BrotliOutbox, frame: Frame, compresses: boolean): SendResult {
    const now = outbox.frameNow(frame.data, frame.isBinary, compresses);
    if (now !== undefined) return this.#write(now.data, now.isBinary, false);
    if (this.getBufferedAmount() > this.#route.config.maxWaitingBytes) return this.#overflow();
    outbox.push(frame, compresses, (later) => {
      this.#write(later.data, later.isBinary, false);
      this.noteDrain();
    });
    return "buffered";
  }

  #write(data: RecognizedString, isBinary: boolean, compress: boolean): SendResult {
    return toResult(this.#native.send(data, isBinary, compress));
  }

  #overflow(): SendResult {
    // µWS counts its own; this one never got so far.
    this.#route.counts.dropped++;
    if (this.#route.config.onBackpressure !== "drop") this.#native.close();
    return "dropped";
  }

  #own(topic: string): string {
    return this.#outbox === undefined ? topic : brotliTopic(topic);
  }
}

function toResult(code: number): SendResult {
  return RESULTS[code] ?? "dropped";
}
