export interface WebSocketCompression {
  /**
   * `"deflate"`: permessage-deflate with one compressor for all sockets; every browser has it, and a published
   * message is compressed once for each subscriber. `"brotli"`: for clients that use `rollcage/client`, others get
   * messages as they are; a published message is compressed once. `"none"`: nothing is compressed.
   *
   * @default "deflate"
   */
  readonly codec?: "deflate" | "brotli" | "none" | undefined;
  /**
   * Messages of at least this many bytes are compressed, others never.
   *
   * @default 1_400 (one packet)
   */
  readonly threshold?: number | undefined;
}

/** What happens to a message for a socket that has more than `maxBackpressure` bytes waiting. */
export type BackpressurePolicy = "close" | "drop" | "queue";

export interface WebSocketLimits {
  /** @default false: nothing is compressed */
  readonly compression?: WebSocketCompression | false | undefined;
  /**
   * `"close"`: the connection is closed, so that the client knows it has missed something. `"drop"`: the message is
   * dropped and counted, the connection stays. `"queue"`: it waits, up to `maxQueuedBytes`, then the connection is
   * closed.
   *
   * @default "close"
   */
  readonly onBackpressure?: BackpressurePolicy | undefined;
  /**
   * Bytes that may wait in memory for one socket. The message that crosses the line is still taken, so that the
   * bound is this plus one message.
   *
   * @default 1_048_576 (1 MiB)
   */
  readonly maxBackpressure?: number | undefined;
  /**
   * With `onBackpressure: "queue"`: bytes that may wait in memory for one socket; at least `maxBackpressure`.
   *
   * @default 8_388_608 (8 MiB)
   */
  readonly maxQueuedBytes?: number | undefined;
  /**
   * Largest message accepted, in bytes, after decompression; a larger one closes the connection.
   *
   * @default 1_048_576 (1 MiB)
   */
  readonly maxPayloadLength?: number | undefined;
  /**
   * Seconds without a sign of life until the connection is closed; 0 for never, else 8 to 960.
   *
   * @default 120
   */
  readonly idleTimeout?: number | undefined;
  /**
   * Minutes until a connection is closed, however lively; 0 for never, at most 240.
   *
   * @default 0
   */
  readonly maxLifetime?: number | undefined;
  /**
   * Whether a quiet client is pinged in time before `idleTimeout`, which closes only those that no longer answer.
   *
   * @default true
   */
  readonly sendPingsAutomatically?: boolean | undefined;
}

/** {@link WebSocketLimits} with every default filled in. */
export interface WebSocketConfig {
  readonly codec: "deflate" | "brotli" | "none";
  readonly threshold: number;
  readonly onBackpressure: BackpressurePolicy;
  /** The bound that `onBackpressure` is about. */
  readonly maxWaitingBytes: number;
  readonly maxPayloadLength: number;
  readonly idleTimeout: number;
  readonly maxLifetime: number;
  readonly sendPingsAutomatically: boolean;
}

/** @throws {RangeError} For a value out of range, for which µWS would end the process. */
export function resolveWebSocketConfig(limits: WebSocketLimits): WebSocketConfig {
  return Object.freeze({
    ...resolveCompression(limits.compression ?? false),
    ...resolveBackpressure(limits),
    maxPayloadLength: integer("maxPayloadLength", limits.maxPayloadLength ?? MIB, 1, 2 ** 31 - 1),
    idleTimeout: idleSeconds(limits.idleTimeout ?? 120),
    maxLifetime: integer("maxLifetime", limits.maxLifetime ?? 0, 0, 240),
    sendPingsAutomatically: limits.sendPingsAutomatically ?? true,
  });
}

function resolveCompression(
  compression: WebSocketCompression | false,
): Pick<WebSocketConfig, "codec" | "threshold"> {
  const given: WebSocketCompression = compression === false ? { codec: "none" } : compression;
  if (typeof given !== "object") {
    throw new RangeError(
      `Expected compression to be { codec, threshold } or false, got ${JSON.stringify(compression)}`,
    );
  }
  const threshold = given.threshold ?? 1_400;
  return {
    codec: oneOf("compression.codec", given.codec ?? "deflate", ["deflate", "brotli", "none"]),
    threshold: integer("compression.threshold", threshold, 0, Number.MAX_SAFE_INTEGER),
  };
}

function resolveBackpressure(
  limits: WebSocketLimits,
): Pick<WebSocketConfig, "onBackpressure" | "maxWaitingBytes"> {
  const policy = limits.onBackpressure ?? "close";
  const onBackpressure = oneOf("onBackpressure", policy, ["close", "drop", "queue"]);
  const maxBackpressure = integer("maxBackpressure", limits.maxBackpressure ?? MIB, 1, MAX_BYTES);
  const maxQueued = integer("maxQueuedBytes", limits.maxQueuedBytes ?? 8 * MIB, 1, MAX_BYTES);
  return {
    onBackpressure,
    maxWaitingBytes:
      onBackpressure === "queue" ? Math.max(maxBackpressure, maxQueued) : maxBackpressure,
  };
}

const MAX_BYTES = 2 ** 31;
const MIB = 1024 * 1024;

function idleSeconds(value: number): number {
  return value === 0 ? 0 : integer("idleTimeout", value, 8, 960);
}

function integer(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`Expected ${name} to be an integer from ${min} to ${max}, got ${value}`);
}

function oneOf<const T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new RangeError(`Expected ${name} to be one of ${allowed.join(", ")}, got ${value}`);
}
