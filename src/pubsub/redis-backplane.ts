import { randomBytes } from "node:crypto";
import type { Redis } from "ioredis";
import { RollcageError } from "../errors.ts";
import type { PubSubBackplane } from "./backplane.ts";
import { BoundedSender } from "./bounded-sender.ts";

export interface RedisBackplaneOptions {
  /** Address of the server, such as `redis://user:password@host:6379/0`; `rediss:` for TLS. */
  readonly url: string;
  /**
   * Channel that all machines of one cluster share.
   *
   * @default "rollcage"
   */
  readonly channel?: string | undefined;
}

/** As long as ioredis waits for the connection itself. */
const START_TIMEOUT_MS = 10_000;

/** In front of each batch: who published it, so that nobody hears himself. */
const ORIGIN_BYTES = 16;

/** Nothing waits for a connection: what cannot be sent now is lost, and memory stays what it is. */
const publisherOptions = {
  lazyConnect: true,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
};

/**
 * Joins several machines through Redis, for `startServer(app, { backplane })`.
 *
 * Needs the package `ioredis`. `startServer` fails when Redis cannot be reached at the start; later it reconnects by
 * itself, and what is published meanwhile reaches this machine only.
 *
 * @throws {RollcageError} `ERR_ROLLCAGE_CONFIG_INVALID`, from `startServer`, when `ioredis` is not installed.
 * @example
 * await startServer(app, { backplane: createRedisBackplane({ url: "redis://127.0.0.1:6379" }) });
 */
export function createRedisBackplane(options: RedisBackplaneOptions): PubSubBackplane {
  const { url, channel = "rollcage" } = options;
  const origin = randomBytes(ORIGIN_BYTES);
  const connections: Redis[] = [];
  let sender: BoundedSender | undefined;

  return {
    async start(deliver) {
      const Client = await loadRedis();
      const publisher = new Client(url, publisherOptions);
      const subscriber = new Client(url, { lazyConnect: true });
      connections.push(publisher, subscriber);
      let problem: unknown;
      for (const connection of connections) {
        // Without a listener a lost connection would be an uncaught error; ioredis connects again by itself.
        connection.on("error", (error) => {
          problem ??= error; // Others follow from the first.
        });
      }
      subscriber.on("messageBuffer", (_channel: Buffer, message: Buffer) => {
        if (message.length < ORIGIN_BYTES || origin.equals(message.subarray(0, ORIGIN_BYTES)))
          return;
        deliver(message.subarray(ORIGIN_BYTES));
      });
      const timer = setTimeout(() => {
        problem ??= new Error(`no answer within ${START_TIMEOUT_MS} ms`);
        for (const connection of connections) connection.disconnect();
      }, START_TIMEOUT_MS);
      try {
        await Promise.all([publisher.connect(), subscriber.connect()]);
        await subscriber.subscribe(channel);
      } catch (error) {
        for (const connection of connections) connection.disconnect();
        const reason = problem instanceof Error ? problem.message : String(error);
        throw new Error(`Expected a Redis server at ${new URL(url).host}: ${reason}`, {
          cause: error,
        });
      } finally {
        clearTimeout(timer);
      }
      sender = new BoundedSender((batch, onSent) => {
        publisher.publish(channel, Buffer.concat([origin, batch])).then(onSent, onSent);
      }, ignoreOverflow);
    },
    publish: (batch) => {
      sender?.send(batch);
    },
    close() {
      sender = undefined;
      for (const connection of connections) connection.disconnect();
    },
  };
}

/** As with a lost connection: this machine goes on alone. */
function ignoreOverflow(): void {}

async function loadRedis(): Promise<typeof Redis> {
  try {
    return (await import("ioredis")).Redis;
  } catch (cause) {
    const issues = [
      "createRedisBackplane needs the package ioredis, which is not installed: npm install ioredis",
    ];
    throw new RollcageError("ERR_ROLLCAGE_CONFIG_INVALID", { issues }, { cause });
  }
}
