import { availableParallelism } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { processTree } from "../frame/process-tree.ts";
import type { Figures, LoadResult } from "../frame/suite.ts";
import { serveGenerator } from "../generators/forked.ts";
import { startTraffic, type Tally } from "./requests.ts";

export type Disturbance = "reload" | "kill";

export interface DisturbedPlan {
  readonly host: string;
  readonly port: number;
  /** Of the primary. */
  readonly pid: number;
  readonly connections: number;
  readonly disturbance: Disturbance;
}

const FIRST_AFTER_MS = 100;
const INTERVAL_MS = 1_000;
const POLL_MS = 50;
const REPLACE_TIMEOUT_MS = 25_000;
/** A request sent longer than this before or after a worker was killed was not in flight there. */
const IN_FLIGHT_MS = 100;

/** Lasts as long as planned, and until every worker that was there at the beginning or was killed is replaced. */
async function run(plan: DisturbedPlan, durationMs: number): Promise<LoadResult> {
  // Not those that are there now: one may still be leaving.
  const expected = availableParallelism();
  const before = processTree(plan.pid).slice(1);
  const traffic = startTraffic(plan, plan.connections);
  const startedAt = performance.now();
  const disturbances: number[] = [];
  const leaving = plan.disturbance === "reload" ? before : [];
  const isOver = (): boolean => {
    const workers = processTree(plan.pid).slice(1);
    const isReplaced = workers.length >= expected && !leaving.some((pid) => workers.includes(pid));
    return performance.now() - startedAt >= durationMs && isReplaced;
  };
  let nextAt = startedAt + FIRST_AFTER_MS;
  while (disturbances.length === 0 || !isOver()) {
    await delay(POLL_MS);
    const now = performance.now();
    if (now - startedAt > durationMs + REPLACE_TIMEOUT_MS) {
      throw new Error(`the workers were not replaced within ${REPLACE_TIMEOUT_MS} ms`);
    }
    if (now >= nextAt && now - startedAt < Math.max(durationMs, FIRST_AFTER_MS + POLL_MS * 2)) {
      nextAt = now + INTERVAL_MS;
      const workers = processTree(plan.pid).slice(1);
      if (plan.disturbance === "reload") process.kill(plan.pid, "SIGHUP");
      // The newest, and only when none is missing: a worker that died young comes back later each time.
      else if (workers.length >= expected) process.kill(workers.at(-1)!, "SIGKILL");
      else continue;
      if (plan.disturbance === "kill") leaving.push(workers.at(-1)!);
      disturbances.push(now);
    }
  }
  await traffic.stop();
  const seconds = (performance.now() - startedAt) / 1_000;
  const figures = failureFigures(traffic.tally, plan.disturbance, disturbances);
  return { completed: traffic.tally.completed, seconds, figures };
}

function failureFigures(
  { failures }: Tally,
  disturbance: Disturbance,
  disturbances: readonly number[],
): Figures {
  if (disturbance === "reload") {
    const crossed = failures.filter(({ isCrossed }) => isCrossed).length;
    const failed = failures.length - crossed;
    return { disturbances: disturbances.length, failedRequests: failed, crossedRequests: crossed };
  }
  const beyond = failures.filter(
    ({ sentAt }) => !disturbances.some((at) => Math.abs(sentAt - at) <= IN_FLIGHT_MS),
  );
  return {
    disturbances: disturbances.length,
    failedRequests: failures.length,
    failedBeyondInFlight: beyond.length,
  };
}

await serveGenerator((plan: DisturbedPlan) => (durationMs) => run(plan, durationMs));
