import { createMachine, type Machine, type Transitions } from "../internal/machine.ts";

/** Life of one worker process. Its replacement is another process with a life of its own. */
export type WorkerState = "starting" | "ready" | "draining" | "exited";

const transitions: Transitions<WorkerState> = {
  starting: ["ready", "draining", "exited"],
  ready: ["draining", "exited"],
  draining: ["exited"],
  exited: [],
};

export function createWorkerState(name: string): Machine<WorkerState> {
  return createMachine(name, "starting", transitions);
}
