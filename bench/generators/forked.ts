import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { LoadResult, LoadRun } from "../frame/suite.ts";

const START_TIMEOUT_MS = 20_000;
/** How much longer than planned a run may take before it counts as stuck. */
const RUN_GRACE_MS = 30_000;

/** What a forked generator sends: `true` when it is ready to begin, then its result or what went wrong. */
type GeneratorMessage = { readonly ready: true } | LoadResult | Problem;

interface Problem {
  readonly problem: string;
}

/** Runs the load for about so long. */
type Run = (durationMs: number) => Promise<LoadResult>;

/** Starts a generator module in a process of its own and waits until it is ready to begin. */
export async function forkGenerator(module: URL, plan: object): Promise<LoadRun> {
  const child = fork(fileURLToPath(module), [], {
    execArgv: [],
    env: { ...process.env, NODE_OPTIONS: "" },
    serialization: "advanced",
  });
  const nextMessage = async (timeoutMs: number): Promise<Exclude<GeneratorMessage, Problem>> => {
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const message = await Promise.race([
        once(child, "message", { signal }).then(([told]) => told as GeneratorMessage),
        once(child, "exit", { signal }).then(([code]) => ({
          problem: `generator exited, ${code}`,
        })),
      ]);
      if ("problem" in message) throw new Error(message.problem);
      return message;
    } finally {
      over.abort();
    }
  };
  try {
    child.send(plan);
    await nextMessage(START_TIMEOUT_MS);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return {
    pid: child.pid,
    async go(durationMs) {
      child.send({ durationMs });
      const message = await nextMessage(durationMs + RUN_GRACE_MS);
      if (!("completed" in message)) throw new Error("expected a result of the generator");
      return message;
    },
    stop: () => void child.kill("SIGKILL"),
  };
}

/**
 * The generator's own side: takes the plan, says that it is ready, runs whenever it is told to, sends the result.
 *
 * @example
 * await serveGenerator((plan: Plan) => (durationMs) => run(plan, durationMs));
 */
export async function serveGenerator<Plan>(
  prepare: (plan: Plan) => Promise<Run> | Run,
): Promise<void> {
  process.once("disconnect", () => process.exit());
  try {
    const [plan] = (await once(process, "message")) as [Plan];
    const run = await prepare(plan);
    process.on("message", ({ durationMs }: { durationMs: number }) => {
      run(durationMs).then((result) => process.send?.(result), sendProblem);
    });
    process.send?.({ ready: true });
  } catch (error) {
    sendProblem(error);
  }
}

function sendProblem(error: unknown): void {
  process.send?.({ problem: error instanceof Error ? error.message : String(error) });
}
