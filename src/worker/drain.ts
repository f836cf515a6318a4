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

/** Stages in which the WebSockets of a replaced worker are closed: their clients reconnect at once, all of them. */
const STAGES = 10;
const STAGE_MS = 200;

/**
 * Lets what is in flight finish, with `Connection: close` on every answer, and tells WebSockets to go;
 * then cuts what is idle. At `timeoutMs` cuts everything.
 */
export async function drain(
  adapter: AppAdapter,
  { reason, timeoutMs }: { reason: DrainReason; timeoutMs: number },
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  adapter.startDraining();
  await untilQuiet(() => adapter.requestsTotal());
  adapter.stopListening();
  const isQuiet = createQuietCheck(adapter);
  // When the whole server stops, there is no other worker for them to overrun.
  const dismiss = createDismissal(adapter, reason === "stop" ? 1001 : 1012, {
    stages: reason === "stop" ? 1 : STAGES,
    stageMs: Math.min(STAGE_MS, timeoutMs / (2 * STAGES)),
  });
  for (let now = performance.now(); now < deadline; now = performance.now()) {
    dismiss(now);
    if (isQuiet(now) && adapter.webSockets() === 0) break;
    await delay(CHECK_MS);
  }
  await adapter.close();
}

/** Tells an equal part of the WebSockets to go at each stage, and whoever comes after the last one at once. */
export function createDismissal(
  adapter: Pick<AppAdapter, "webSockets" | "closeWebSockets">,
  code: 1001 | 1012,
  { stages, stageMs }: { stages: number; stageMs: number },
): (now: number) => void {
  let left = stages;
  let nextAt = 0;
  return (now) => {
    const open = adapter.webSockets();
    if (open === 0 || now < nextAt) return;
    adapter.closeWebSockets(code, Math.ceil(open / left));
    left = Math.max(1, left - 1);
    nextAt = now + stageMs;
  };
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
