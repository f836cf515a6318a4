import { once } from "node:events";
import type { ResolvedServerConfig } from "../config/options.ts";
import { announce } from "./announce.ts";
import type { Supervisor } from "./supervisor.ts";

/** Old workers that may drain at a time: more would leave memory for none of the new ones. */
const MAX_DRAINING = 2;

/**
 * Replaces every worker, one at a time, by one that runs the code as it is on disk now.
 *
 * @throws What stopped a new worker. The workers that were not replaced yet then stay.
 */
export async function reloadWorkers(
  supervisor: Supervisor,
  { workers, logger }: Pick<ResolvedServerConfig, "workers" | "logger">,
): Promise<void> {
  announce(logger, "reload", { phase: "started" });
  try {
    for (let index = 0; index < workers; index++) {
      await untilFewDrain(supervisor);
      await supervisor.replace(index);
    }
  } catch (error) {
    announce(logger, "reload", { phase: "failed", error });
    throw error;
  }
  announce(logger, "reload", { phase: "finished" });
}

async function untilFewDrain(supervisor: Supervisor): Promise<void> {
  for (;;) {
    const draining = [...supervisor.processes].filter(({ state }) => state === "draining");
    if (draining.length < MAX_DRAINING) return;
    await Promise.race(draining.map(({ child }) => once(child, "exit")));
  }
}
