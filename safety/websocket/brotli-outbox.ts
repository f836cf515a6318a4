import type { WebSocket } from "../uws-types.ts";
import { byteLengthOf, compressInPool, compressNow, isBig } from "./compressor.ts";
import { plainFrame, type Frame } from "./frame.ts";
import { Lane } from "./lane.ts";
import type { BusySocket, Topics } from "./topics.ts";

/** Frames the messages of one socket with brotli, and keeps their order while large ones are compressed. */
export class BrotliOutbox implements BusySocket {
  readonly #lane = new Lane();
  readonly #native: WebSocket<unknown>;
  readonly #topics: Topics;
  #isClosed = false;

  constructor(native: WebSocket<unknown>, topics: Topics) {
    this.#native = native;
    this.#topics = topics;
  }

  get tail(): Promise<void> | undefined {
    return this.#lane.tail;
  }

  get waitingBytes(): number {
    return this.#lane.waitingBytes;
  }

  isSubscribed(topic: string): boolean {
    return !this.#isClosed && this.#native.isSubscribed(topic);
  }

  /** What must reach the socket before anything new: its own messages, and those published to its topics. */
  get earlier(): Promise<void> | undefined {
    const published = this.#topics.tail;
    if (published === undefined || this.#native.getTopics().length === 0) return this.tail;
    return this.tail === undefined
      ? published
      : Promise.all([this.tail, published]).then(() => undefined);
  }

  /** @returns The frame, when it can go out now. */
  frameNow(
    message: string | Uint8Array,
    isBinary: boolean,
    compresses: boolean,
  ): Frame | undefined {
    if (this.earlier !== undefined || (compresses && isBig(byteLengthOf(message))))
      return undefined;
    return (compresses ? compressNow : plainFrame)(message, isBinary);
  }

  /** Lets the message wait for its compression and for what was sent before it. */
  push({ data, isBinary }: Frame, compresses: boolean, deliver: (frame: Frame) => void): void {
    const { earlier } = this;
    const kept = typeof data === "string" ? data : data.slice();
    const frame = compresses
      ? compressInPool(kept, isBinary)
      : Promise.resolve(plainFrame(kept, isBinary));
    const ready = Promise.all([frame, earlier]).then(([first]) => first);
    this.#topics.setBusy(this, true);
    this.#lane.push(byteLengthOf(data), ready, (result) => {
      if (this.#isClosed) return;
      if (this.tail === undefined) this.#topics.setBusy(this, false);
      deliver(result);
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#topics.setBusy(this, false);
  }
}
