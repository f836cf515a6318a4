import type { WorkerRuntimeStats } from "../telemetry/worker-stats.ts";
import type { RemoteError } from "./remote-error.ts";

/** What a worker says to the primary. */
export type WorkerMessage =
  /** Serves from now on. `port`: of its own TCP listener, where it has one. */
  | { readonly type: "rollcage:ready"; readonly port?: number; readonly stats: WorkerRuntimeStats }
  | { readonly type: "rollcage:stats"; readonly stats: WorkerRuntimeStats }
  /** `inspected`: a debugger is attached, so silence means nothing. */
  | { readonly type: "rollcage:pong"; readonly inspected: boolean }
  /** What its handlers did wrong since the last of these, by kind. */
  | {
      readonly type: "rollcage:safety-errors";
      readonly counts: Readonly<Record<string, number>>;
    }
  /** About to exit: what stopped it. */
  | { readonly type: "rollcage:failed"; readonly error: RemoteError }
  /** Wants to be drained and replaced: somebody sent it SIGTERM. */
  | { readonly type: "rollcage:drain-request" }
  /** The application called `stopServer` in this worker. */
  | { readonly type: "rollcage:stop-request"; readonly graceful: boolean }
  /** The application called `reloadServer` in this worker. */
  | { readonly type: "rollcage:reload-request" }
  | PubSubMessage;

/** What the primary says to a worker. */
export type PrimaryMessage =
  | { readonly type: "rollcage:ping" }
  /** Finish what is open, then exit. What is still open after `timeoutMs` is cut. */
  | {
      readonly type: "rollcage:drain";
      readonly reason: DrainReason;
      readonly timeoutMs: number;
    }
  | PubSubMessage;

/** The same in both directions. */
export type PubSubMessage =
  /** Records of what was published, as src/pubsub writes them. */
  | { readonly type: "rollcage:publish"; readonly batch: Uint8Array }
  /** Asks a worker for its own subscribers, the primary for those of all workers. */
  | { readonly type: "rollcage:count-subscribers"; readonly id: number; readonly topic: string }
  | { readonly type: "rollcage:subscribers"; readonly id: number; readonly count: number };

/** Why a worker drains: WebSockets are told 1001 (going away) or 1012 (service restart). */
export type DrainReason = "stop" | "replace";

/**
 * The message, where it is one of ours and complete; else `undefined`.
 *
 * Workers run the application's code, which may send messages of its own, or broken ones of ours.
 */
export function parseWorkerMessage(value: unknown): WorkerMessage | undefined {
  return passes(workerMessages, value) ? value : undefined;
}

export function parsePrimaryMessage(value: unknown): PrimaryMessage | undefined {
  return passes(primaryMessages, value) ? value : undefined;
}

function passes<Message extends { type: string }>(
  checks: Checks<Message>,
  value: unknown,
): value is Message {
  if (!isRecord(value)) return false;
  const type = value["type"];
  // Own ones only: a type of "toString" would find a function too.
  if (typeof type !== "string" || !Object.hasOwn(checks, type)) return false;
  return checks[type as Message["type"]](value);
}

type Fields = Readonly<Record<string, unknown>>;
type Checks<Message extends { type: string }> = Record<
  Message["type"],
  (fields: Fields) => boolean
>;

const always = () => true;

const pubSubMessages: Checks<PubSubMessage> = {
  "rollcage:publish": ({ batch }) => batch instanceof Uint8Array,
  "rollcage:count-subscribers": ({ id, topic }) =>
    Number.isInteger(id) && typeof topic === "string",
  "rollcage:subscribers": ({ id, count }) => Number.isInteger(id) && Number.isInteger(count),
};

const workerMessages: Checks<WorkerMessage> = {
  ...pubSubMessages,
  "rollcage:ready": ({ port, stats }) =>
    isStats(stats) && (port === undefined || Number.isInteger(port)),
  "rollcage:stats": ({ stats }) => isStats(stats),
  "rollcage:pong": ({ inspected }) => typeof inspected === "boolean",
  "rollcage:safety-errors": ({ counts }) => isCounts(counts),
  "rollcage:failed": ({ error }) => isRemoteError(error),
  "rollcage:drain-request": always,
  "rollcage:stop-request": ({ graceful }) => typeof graceful === "boolean",
  "rollcage:reload-request": always,
};

const primaryMessages: Checks<PrimaryMessage> = {
  ...pubSubMessages,
  "rollcage:ping": always,
  "rollcage:drain": ({ reason, timeoutMs }) =>
    (reason === "stop" || reason === "replace") && Number.isFinite(timeoutMs),
};

const STATS: readonly (keyof WorkerRuntimeStats)[] = [
  "pid",
  "cpuPercent",
  "rssBytes",
  "heapUsedBytes",
  "heapTotalBytes",
  "externalBytes",
  "arrayBuffersBytes",
  "uptimeMs",
  "activeConnections",
  "sampledAt",
  "eventLoopDelayMs",
  "eventLoopUtilization",
];

function isStats(value: unknown): boolean {
  return isRecord(value) && STATS.every((name) => Number.isFinite(value[name]));
}

/** Its code and stack are looked at where they are used. */
function isRemoteError(value: unknown): boolean {
  return (
    isRecord(value) && typeof value["message"] === "string" && typeof value["name"] === "string"
  );
}

/** The kinds become attributes of a metric: a few, and plain words. */
function isCounts(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const entries = Object.entries(value);
  const isCount = (count: unknown) => Number.isSafeInteger(count) && Number(count) > 0;
  return (
    entries.length <= 32 &&
    entries.every(([kind, count]) => /^[a-z_]{1,40}$/.test(kind) && isCount(count))
  );
}

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}
