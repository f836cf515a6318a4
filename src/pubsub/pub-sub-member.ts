import { Batcher } from "./batcher.ts";
import { BoundedSender, type SendBatch } from "./bounded-sender.ts";
import { decodeRecords, encodeRecord, type Publication } from "./records.ts";

/** What a µWS app, or anything that wraps one, can do with topics. */
export interface TopicApp {
  publish(
    topic: string,
    message: string | Uint8Array,
    isBinary: boolean,
    compress?: boolean,
  ): unknown;
  numSubscribers(topic: string): number;
}

/** A worker's part: serves the subscribers of its own app, and tells the primary. */
export class PubSubMember {
  readonly #app: TopicApp | undefined;
  readonly #batcher: Batcher;

  /** @param app `undefined` for an app without topics, which can still publish to others. */
  constructor(app: TopicApp | undefined, send: SendBatch) {
    const toPrimary = new BoundedSender(send);
    this.#app = app;
    this.#batcher = new Batcher((batch) => toPrimary.send(batch));
  }

  publish(publication: Publication): void {
    this.#deliver(publication);
    this.#batcher.add(encodeRecord(publication));
  }

  /** From another worker or machine. */
  receive(batch: Uint8Array): void {
    for (const publication of decodeRecords(batch)) this.#deliver(publication);
  }

  numSubscribers(topic: string): number {
    return this.#app?.numSubscribers(topic) ?? 0;
  }

  /** Sends what has been gathered, before the process goes. */
  flush(): void {
    this.#batcher.flush();
  }

  #deliver({ topic, message, isBinary, compress }: Publication): void {
    this.#app?.publish(topic, message, isBinary, compress);
  }
}

/** The topics of what was given to `startServer`: of the app itself, or of the µWS app inside it. */
export function findTopicApp(app: unknown): TopicApp | undefined {
  if (isTopicApp(app)) return app;
  if (typeof app !== "object" && typeof app !== "function") return undefined;
  const inner: unknown = app !== null && "uwsApp" in app ? app.uwsApp : undefined;
  return isTopicApp(inner) ? inner : undefined;
}

function isTopicApp(app: unknown): app is TopicApp {
  return (
    (typeof app === "object" || typeof app === "function") &&
    app !== null &&
    "publish" in app &&
    typeof app.publish === "function" &&
    "numSubscribers" in app &&
    typeof app.numSubscribers === "function"
  );
}
