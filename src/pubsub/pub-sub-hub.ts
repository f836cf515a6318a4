import { setTimeout as delay } from "node:timers/promises";
import type { PubSubBackplane } from "./backplane.ts";
import { Batcher } from "./batcher.ts";
import { BoundedSender, type SendBatch } from "./bounded-sender.ts";
import { encodeRecord, type Publication } from "./records.ts";

/** The way from the primary to one worker. */
export interface WorkerPort {
  readonly send: SendBatch;
  /** Asks the worker for its subscribers of a topic. */
  readonly countSubscribers: (topic: string) => Promise<number>;
}

/** A worker that does not answer has no say. */
const COUNT_TIMEOUT_MS = 1_000;

/** The primary's part: forwards each batch, unread, to all other workers and to the other machines. */
export class PubSubHub {
  readonly #backplane: PubSubBackplane;
  readonly #workers = new Map<WorkerPort, BoundedSender>();
  readonly #own = new Batcher((batch) => this.#forward(batch));

  constructor(backplane: PubSubBackplane) {
    this.#backplane = backplane;
  }

  async start(): Promise<void> {
    await this.#backplane.start((batch) => this.#sendToWorkers(batch));
  }

  /** Batches that a worker, by not keeping up, has missed; counted over the workers of now. */
  get droppedBatches(): number {
    let dropped = 0;
    for (const sender of this.#workers.values()) dropped += sender.droppedBatches;
    return dropped;
  }

  /** @returns Takes the worker out again. */
  addWorker(port: WorkerPort): () => void {
    this.#workers.set(port, new BoundedSender(port.send));
    return () => this.#workers.delete(port);
  }

  /** A worker has published this; it has already served its own subscribers. */
  receive(batch: Uint8Array, from: WorkerPort): void {
    this.#forward(batch, from);
  }

  publish(publication: Publication): void {
    this.#own.add(encodeRecord(publication));
  }

  /** Over all workers of this machine that answer within a second. */
  async numSubscribers(topic: string): Promise<number> {
    const answered = new AbortController();
    const nothing = delay(COUNT_TIMEOUT_MS, 0, { signal: answered.signal }).catch(() => 0);
    const counts = await Promise.all(
      [...this.#workers.keys()].map(async (port) =>
        Promise.race([port.countSubscribers(topic).catch(() => 0), nothing]),
      ),
    );
    answered.abort();
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async close(): Promise<void> {
    this.#own.flush();
    this.#workers.clear();
    await this.#backplane.close();
  }

  #forward(batch: Uint8Array, from?: WorkerPort): void {
    this.#sendToWorkers(batch, from);
    this.#backplane.publish(batch);
  }

  #sendToWorkers(batch: Uint8Array, except?: WorkerPort): void {
    for (const [port, sender] of this.#workers) if (port !== except) sender.send(batch);
  }
}
