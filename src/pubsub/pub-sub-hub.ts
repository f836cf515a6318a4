import type { PubSubBackplane } from "./backplane.ts";
import { Batcher } from "./batcher.ts";
import { BoundedSender, type SendBatch } from "./bounded-sender.ts";
import { encodeRecord, type Publication } from "./records.ts";

/** The way from the primary to one worker. */
export interface WorkerPort {
  readonly send: SendBatch;
  /** The worker does not keep up, and begins to miss messages. */
  readonly onOverflow: () => void;
  /** Asks the worker for its subscribers of a topic; never rejects, and answers in bounded time. */
  readonly countSubscribers: (topic: string) => Promise<number>;
}

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

  addWorker(port: WorkerPort): void {
    this.#workers.set(port, new BoundedSender(port.send, port.onOverflow));
  }

  removeWorker(port: WorkerPort): void {
    this.#workers.delete(port);
  }

  /** A worker has published this; it has already served its own subscribers. */
  receive(batch: Uint8Array, from?: WorkerPort): void {
    this.#forward(batch, from);
  }

  publish(publication: Publication): void {
    this.#own.add(encodeRecord(publication));
  }

  /** Over all workers of this machine. */
  async numSubscribers(topic: string): Promise<number> {
    const counts = await Promise.all(
      [...this.#workers.keys()].map(async (port) => port.countSubscribers(topic)),
    );
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
