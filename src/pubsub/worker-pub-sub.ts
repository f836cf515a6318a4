import { sendToPrimary } from "../messages/channel.ts";
import type { PubSubMessage } from "../messages/message.ts";
import { Batcher } from "./batcher.ts";
import { BoundedSender } from "./bounded-sender.ts";
import { PendingCounts } from "./pending-counts.ts";
import type { PubSubNode } from "./publish.ts";
import { decodeRecords, encodeRecord, type Publication } from "./records.ts";
import { findTopicApp, type TopicApp } from "./topic-app.ts";

/** The primary waits one second for its workers. */
const COUNT_TIMEOUT_MS = 2_000;

/** A worker's part: serves the subscribers of its own app, and tells the primary. */
export class WorkerPubSub implements PubSubNode {
  /** `undefined` for an app without topics, which can still publish to others. */
  readonly #app: TopicApp | undefined;
  readonly #counts = new PendingCounts();
  readonly #sender: BoundedSender;
  readonly #batcher: Batcher;

  constructor(app: unknown, logger: Pick<Console, "warn">) {
    this.#sender = new BoundedSender(
      (batch, onSent) => sendToPrimary({ type: "rollcage:publish", batch }, onSent),
      () => logger.warn("rollcage: the primary does not keep up, other workers miss messages"),
    );
    this.#app = findTopicApp(app);
    this.#batcher = new Batcher((batch) => this.#sender.send(batch));
  }

  publish(publication: Publication): void {
    this.#deliver(publication);
    this.#batcher.add(encodeRecord(publication));
  }

  async numSubscribers(topic: string): Promise<number> {
    return this.#counts.ask(
      (id) => sendToPrimary({ type: "rollcage:count-subscribers", id, topic }),
      COUNT_TIMEOUT_MS,
    );
  }

  receive(message: PubSubMessage): void {
    switch (message.type) {
      case "rollcage:publish":
        for (const publication of decodeRecords(message.batch)) this.#deliver(publication);
        break;
      case "rollcage:count-subscribers": {
        const count = this.#app?.numSubscribers(message.topic) ?? 0;
        sendToPrimary({ type: "rollcage:subscribers", id: message.id, count });
        break;
      }
      case "rollcage:subscribers":
        this.#counts.settle(message.id, message.count);
        break;
    }
  }

  /** Resolves when what has been published is on its way to the primary. */
  async flush(): Promise<void> {
    this.#batcher.flush();
    await this.#sender.whenEmpty();
  }

  #deliver({ topic, message, isBinary, compress }: Publication): void {
    this.#app?.publish(topic, message, isBinary, compress);
  }
}
