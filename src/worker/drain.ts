import { setTimeout as delay } from "node:timers/promises";
import type { AppAdapter } from "../apps/app-adapter.ts";
import { untilQuiet } from "../internal/until-quiet.ts";
import type { DrainReason } from "../messages/message.ts";

/**
 * How long no request may have begun before what is idle is cut. A request that its client has already
 * sent arrives within this time, and is still answered.
 */
const QUIET_MS = 250;
const CHECK_MS = 10;

/**
 * Lets what is in flight finish, with `Connection: close` on every answer, then cuts what is idle; at
 * `timeoutMs` cuts everything.
 */
export async function drain(
  adapter: AppAdapter,
  { reason, timeoutMs }: { reason: DrainReason; timeoutMs: number },
): Promise<void> {
  adapter.startDraining(reason === "stop" ? 1001 : 1012);
  await untilQuiet(() => adapter.requestsTotal());
  adapter.stopListening();
  const deadline = performance.now() + timeoutMs;
  const quiet = createQuietCheck(adapter);
  while (performance.now() < deadline && !quiet(performance.now())) await delay(CHECK_MS);
  adapter.close();
}

/** Whether nothing is in flight and, unless nothing is open either, nothing has begun for {@link QUIET_MS}. */
export function createQuietCheck(
  adapter: Pick<AppAdapter, "connections" | "requests" | "requestsTotal">,
): (now: number) => boolean {
  let lastTotal = -1;
  let quietSince = 0;
  return (now) => {
    const total = adapter.requestsTotal();
    if (adapter.requests() > 0 || total !== lastTotal) {
      lastTotal = total;
      quietSince = now;
    }
    if (adapter.requests() > 0) return false;
    return adapter.connections() === 0 || now - quietSince >= QUIET_MS;
  };
}
