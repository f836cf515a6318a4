import type { ChildProcess } from "node:child_process";
import { sendToWorker } from "../messages/channel.ts";
import type { PubSubMessage } from "../messages/message.ts";
import type { PubSubBackplane } from "./backplane.ts";
import { PendingCounts } from "./pending-counts.ts";
import { PubSubHub, type WorkerPort } from "./pub-sub-hub.ts";
import { joinCluster } from "./publish.ts";

/** A worker that does not answer has no say. */
const COUNT_TIMEOUT_MS = 1_000;

const MISSES = "does not keep up with what is published, and misses messages";

export interface PrimaryPubSubOptions {
  readonly backplane: PubSubBackplane;
  readonly logger: Pick<Console, "warn" | "error">;
}

interface Member {
  readonly port: WorkerPort;
  readonly counts: PendingCounts;
}

/** Connects the hub to the workers' channels, and this process to the hub. */
export class PrimaryPubSub {
  readonly #hub: PubSubHub;
  readonly #members = new Map<ChildProcess, Member>();
  #leave: (() => void) | undefined;

  readonly #logger: PrimaryPubSubOptions["logger"];

  constructor({ backplane, logger }: PrimaryPubSubOptions) {
    this.#hub = new PubSubHub(backplane);
    this.#logger = logger;
  }

  /** @throws What the backplane cannot start for. */
  async start(): Promise<void> {
    await this.#hub.start();
    this.#leave = joinCluster(this.#hub);
  }

  addWorker(worker: ChildProcess): void {
    const counts = new PendingCounts();
    const port: WorkerPort = {
      send: (batch, onSent) => sendToWorker(worker, { type: "rollcage:publish", batch }, onSent),
      onOverflow: () => this.#logger.warn(`rollcage: worker with pid ${worker.pid} ${MISSES}`),
      countSubscribers: (topic) =>
        counts.ask(
          (id) => sendToWorker(worker, { type: "rollcage:count-subscribers", id, topic }),
          COUNT_TIMEOUT_MS,
        ),
    };
    this.#members.set(worker, { port, counts });
    this.#hub.addWorker(port);
  }

  removeWorker(worker: ChildProcess): void {
    const member = this.#members.get(worker);
    if (member === undefined) return;
    this.#members.delete(worker);
    this.#hub.removeWorker(member.port);
    member.counts.giveUp();
  }

  receive(worker: ChildProcess, message: PubSubMessage): void {
    switch (message.type) {
      case "rollcage:publish":
        this.#hub.receive(message.batch, this.#members.get(worker)?.port);
        break;
      case "rollcage:count-subscribers":
        void this.#hub.numSubscribers(message.topic).then((count) => {
          sendToWorker(worker, { type: "rollcage:subscribers", id: message.id, count });
        });
        break;
      case "rollcage:subscribers":
        this.#members.get(worker)?.counts.settle(message.id, message.count);
        break;
    }
  }

  /** Does not reject: the backplane may be anybody's, and there is more to clean up. */
  async close(): Promise<void> {
    this.#leave?.();
    try {
      await this.#hub.close();
    } catch (error) {
      this.#logger.error("rollcage: the backplane could not be closed", error);
    }
  }
}
