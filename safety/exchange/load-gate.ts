import { startDelayMonitor } from "../../src/internal/event-loop-delay.ts";
import { findOverload, type OverloadLimits } from "../../src/internal/overload.ts";

/** Counts what is under way, and says when one more request would be too many. */
export class LoadGate {
  readonly #limits: OverloadLimits;
  readonly #loop: { readonly delayMs: number };
  #inFlight = 0;

  constructor(limits: OverloadLimits) {
    this.#limits = limits;
    this.#loop = limits.maxEventLoopDelayMs === false ? { delayMs: 0 } : startDelayMonitor();
  }

  /** Takes one more request, or refuses it. */
  enter(): boolean {
    const load = { eventLoopDelayMs: this.#loop.delayMs, inFlight: this.#inFlight };
    if (findOverload(this.#limits, load) !== undefined) return false;
    this.#inFlight++;
    return true;
  }

  leave(): void {
    this.#inFlight--;
  }
}
