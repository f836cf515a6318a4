import type { Publication } from "./records.ts";

/** This process's place in the cluster: the primary's hub, or a worker's member. */
export interface PubSubNode {
  publish(publication: Publication): void;
  numSubscribers(topic: string): Promise<number>;
}

let joined: PubSubNode | undefined;

/** From now on `publish` and `numSubscribers` go through `node`. @returns Leaves again. */
export function joinCluster(node: PubSubNode): () => void {
  joined = node;
  return () => {
    if (joined === node) joined = undefined;
  };
}

/**
 * Sends a message to every subscriber of a topic in all workers, and on all machines that share a `backplane`.
 *
 * May be called in any worker and in the primary. Messages of one publisher arrive in order, at most once: a
 * subscriber that is reconnecting, or a worker that has more than 32 MiB of them waiting, misses messages. Before
 * `startServer` nobody can be subscribed, and it does nothing.
 *
 * @param isBinary Defaults to what the message is: text for a string, binary for anything else.
 * @param compress `false` forbids compression; otherwise the `compression` of the WebSocket route decides.
 * @throws {TypeError} When `topic` is no string, or `message` neither text nor bytes.
 * @example
 * publish("room/42", JSON.stringify({ from: "ada", text: "hello" }));
 */
export function publish(
  topic: string,
  message: string | ArrayBuffer | ArrayBufferView,
  isBinary?: boolean,
  compress?: boolean,
): void {
  if (typeof topic !== "string") {
    throw new TypeError(`Expected topic to be a string, got ${typeof topic}`);
  }
  joined?.publish({
    topic,
    message: toBytes(message),
    isBinary: isBinary ?? typeof message !== "string",
    compress,
  });
}

/**
 * Counts the subscribers of a topic in all workers of this machine.
 *
 * Workers that do not answer within a second are left out.
 */
export async function numSubscribers(topic: string): Promise<number> {
  return joined === undefined ? 0 : joined.numSubscribers(topic);
}

function toBytes(message: string | ArrayBuffer | ArrayBufferView): string | Uint8Array {
  if (typeof message === "string" || message instanceof Uint8Array) return message;
  if (ArrayBuffer.isView(message)) {
    return new Uint8Array(message.buffer, message.byteOffset, message.byteLength);
  }
  if (message instanceof ArrayBuffer) return new Uint8Array(message);
  throw new TypeError(
    `Expected message to be a string, an ArrayBuffer or a view, got ${typeof message}`,
  );
}
