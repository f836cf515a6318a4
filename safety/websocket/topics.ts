import { isAnyArrayBuffer } from "node:util/types";
import type { RecognizedString, TemplatedApp, WebSocket } from "../uws-types.ts";
import { byteLengthOf, compressInPool, compressNow, isBig, reaches } from "./compressor.ts";
import { plainFrame, type Frame } from "./frame.ts";
import { Lane } from "./lane.ts";
import type { WebSocketConfig } from "./options.ts";

/** Sockets that take brotli frames subscribe to this in front of the topic. NUL keeps it apart from real topics. */
const BROTLI_PREFIX = "\0rollcage.br\0";

/** Published messages that may wait for their compression; more are dropped. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** Whether a topic is one that only this folder may use. */
export function isReserved(topic: string): boolean {
  return topic.startsWith(BROTLI_PREFIX);
}

export function brotliTopic(topic: string): string {
  return BROTLI_PREFIX + topic;
}

/** The topic as the application knows it. */
export function publicTopic(topic: string): string {
  return isReserved(topic) ? topic.slice(BROTLI_PREFIX.length) : topic;
}

/** A socket whose messages wait for a compression. */
export interface BusySocket {
  readonly tail: Promise<void> | undefined;
  isSubscribed(topic: string): boolean;
}

type Native = Pick<TemplatedApp, "publish" | "numSubscribers">;

/** Whoever publishes: the app, or a socket that shall not hear itself. */
export interface Publication {
  readonly topic: string;
  readonly message: string | Uint8Array;
  readonly isBinary: boolean;
  /** `false` forbids compression; anything else leaves it to the thresholds. */
  readonly compress: boolean | undefined;
  /** Left out of the delivery, while it is open. */
  readonly sender?: (() => WebSocket<unknown> | undefined) | undefined;
}

/**
 * The topics of one app. Takes the place of its `publish` and `numSubscribers`, so that one call reaches plain
 * subscribers with the message and those with brotli with one compressed copy of it.
 */
export class Topics {
  readonly #native: Native;
  /** Publications for sockets with brotli, in order. */
  readonly #lane = new Lane();
  readonly #busy = new Set<BusySocket>();
  #deflateThreshold: number | undefined;
  #brotliThreshold: number | undefined;
  #dropped = 0;

  constructor(native: Native) {
    this.#native = native;
  }

  /** Resolves when what has been published so far has been sent; `undefined` when nothing waits. */
  get tail(): Promise<void> | undefined {
    return this.#lane.tail;
  }

  /** Publications that found too many others waiting. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes the lowest threshold of the routes of one codec. */
  use({ codec, threshold }: WebSocketConfig): void {
    if (codec === "deflate") {
      this.#deflateThreshold = Math.min(this.#deflateThreshold ?? threshold, threshold);
    } else if (codec === "brotli") {
      this.#brotliThreshold = Math.min(this.#brotliThreshold ?? threshold, threshold);
    }
  }

  /** While `socket` is busy, publications to its topics wait for it. */
  setBusy(socket: BusySocket, isBusy: boolean): void {
    if (isBusy) this.#busy.add(socket);
    else this.#busy.delete(socket);
  }

  numSubscribers(topic: string): number {
    return this.#native.numSubscribers(topic) + this.#native.numSubscribers(brotliTopic(topic));
  }

  /** Of one of the two native topics. */
  numSubscribersOf(nativeTopic: string): number {
    return this.#native.numSubscribers(nativeTopic);
  }

  /** @returns Whether there was somebody to send it to. */
  publish(publication: Publication): boolean {
    const { topic, message, isBinary, compress } = publication;
    const deflates =
      this.#deflateThreshold === undefined
        ? compress
        : compress !== false && reaches(message, this.#deflateThreshold);
    const reachedPlain = this.#send(publication, topic, { data: message, isBinary }, deflates);
    if (this.#brotliThreshold === undefined) return reachedPlain;
    const subscribed = brotliTopic(topic);
    if (this.#native.numSubscribers(subscribed) === 0) return reachedPlain;
    const reachedBrotli = this.#publishBrotli(
      publication,
      subscribed,
      compress !== false && reaches(message, this.#brotliThreshold),
    );
    return reachedPlain || reachedBrotli;
  }

  #publishBrotli(publication: Publication, topic: string, compresses: boolean): boolean {
    const { message, isBinary } = publication;
    const earlier = this.#waitingFor(topic);
    const bytes = byteLengthOf(message);
    if (earlier.length === 0 && !(compresses && isBig(bytes))) {
      const frame = (compresses ? compressNow : plainFrame)(message, isBinary);
      return this.#send(publication, topic, frame);
    }
    if (this.#lane.waitingBytes > MAX_WAITING_BYTES) {
      this.#dropped++;
      return false;
    }
    const kept = typeof message === "string" ? message : message.slice();
    const frame = compresses
      ? compressInPool(kept, isBinary)
      : Promise.resolve(plainFrame(kept, isBinary));
    const ready = Promise.all([frame, ...earlier]).then(([first]) => first);
    this.#lane.push(bytes, ready, (result) => this.#send(publication, topic, result));
    return true;
  }

  #waitingFor(topic: string): Promise<void>[] {
    const waiting: Promise<void>[] = [];
    if (this.#lane.tail !== undefined) waiting.push(this.#lane.tail);
    for (const socket of this.#busy) {
      if (socket.tail !== undefined && socket.isSubscribed(topic)) waiting.push(socket.tail);
    }
    return waiting;
  }

  #send({ sender }: Publication, topic: string, frame: Frame, compress?: boolean): boolean {
    const socket = sender?.();
    // A socket without this subscription has nothing to be left out of, and µWS would publish nothing for it.
    const publisher = socket?.isSubscribed(topic) === true ? socket : this.#native;
    return publisher.publish(topic, frame.data, frame.isBinary, compress);
  }
}

const topicsOf = new WeakMap<TemplatedApp, Topics>();

/** The topics of `app`, whose own `publish` and `numSubscribers` go through them from now on. */
export function topicsFor(app: TemplatedApp): Topics {
  const known = topicsOf.get(app);
  if (known !== undefined) return known;
  const topics = new Topics({
    publish: app.publish.bind(app),
    numSubscribers: app.numSubscribers.bind(app),
  });
  topicsOf.set(app, topics);
  app.publish = (topic, message, isBinary = false, compress) =>
    topics.publish({ topic: toText(topic), message: toMessage(message), isBinary, compress });
  app.numSubscribers = (topic) => topics.numSubscribers(toText(topic));
  return topics;
}

/** @throws {TypeError} For anything else, of which a number would become as many zeros. */
export function toMessage(message: RecognizedString): string | Uint8Array {
  if (typeof message === "string") return message;
  if (ArrayBuffer.isView(message) || isAnyArrayBuffer(message)) return toBytes(message);
  throw new TypeError(
    `Expected message to be a string, an ArrayBuffer or a view, got ${String(message)}`,
  );
}

export function toText(text: RecognizedString): string {
  return typeof text === "string" ? text : Buffer.from(toBytes(text)).toString();
}

function toBytes(data: Exclude<RecognizedString, string>): Uint8Array {
  if (data instanceof Uint8Array) return data;
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
