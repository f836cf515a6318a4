/** How much one process is asked to bear; `false` is no limit. */
export interface OverloadLimits {
  readonly maxEventLoopDelayMs: number | false;
  readonly maxInFlight: number | false;
}

export interface Load {
  readonly eventLoopDelayMs: number;
  /** Requests under way, without the one that is being decided about. */
  readonly inFlight: number;
}

export type Overload = "event-loop-delay" | "in-flight";

/** Why one more request would be too many; `undefined` when it would not. */
export function findOverload(limits: OverloadLimits, load: Load): Overload | undefined {
  if (limits.maxInFlight !== false && load.inFlight >= limits.maxInFlight) return "in-flight";
  if (limits.maxEventLoopDelayMs !== false && load.eventLoopDelayMs > limits.maxEventLoopDelayMs) {
    return "event-loop-delay";
  }
  return undefined;
}
