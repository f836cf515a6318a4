import { startDelayMonitor } from "./event-loop-delay.ts";
import { findOverload, type OverloadLimits } from "./overload.ts";

/** @returns `undefined` where there are no limits: then nothing needs to be counted. */
export function createLoadGate(limits: OverloadLimits): LoadGate | undefined {
  const isUnlimited = limits.maxInFlight === false && limits.maxEventLoopDelayMs === false;
  return isUnlimited ? undefined : new LoadGate(limits);
}

/** Counts what is under way, and says when one more request would be too many. */
export class LoadGate {
  readonly #limits: OverloadLimits;
  readonly #loop: { readonly delayMs: number };
  #inFlight = 0;

  constructor(limits: OverloadLimits) {
    this.#limits = limits;
    this.#loop = limits.maxEventLoopDelayMs === false ? { delayMs: 0 } : startDelayMonitor();
  }

  /** Whether the next request has to be refused. */
  isOverloaded(): boolean {
    const load = { eventLoopDelayMs: this.#loop.delayMs, inFlight: this.#inFlight };
    return findOverload(this.#limits, load) !== undefined;
  }

  /** A request is under way until {@link leave}. */
  enter(): void {
    this.#inFlight++;
  }

  leave(): void {
    this.#inFlight--;
  }
}
