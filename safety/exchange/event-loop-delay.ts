import { monitorEventLoopDelay } from "node:perf_hooks";

/** Node's default; the histogram counts it as delay. */
const RESOLUTION_MS = 10;
/** What the mean is over. */
const WINDOW_MS = 250;

/** Watches the event loop of this process for as long as it lives; holds nothing open. */
export function startDelayMonitor(): { readonly delayMs: number } {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  const monitor = { delayMs: 0 };
  setInterval(() => {
    // NaN where the window holds no sample.
    monitor.delayMs = Math.max(0, histogram.mean / 1e6 - RESOLUTION_MS) || 0;
    histogram.reset();
  }, WINDOW_MS).unref();
  return monitor;
}
