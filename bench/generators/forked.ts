import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { LoadResult, LoadRun } from "../frame/suite.ts";

const START_TIMEOUT_MS = 20_000;
/** How much longer than planned a run may take before it counts as stuck. */
const RUN_GRACE_MS = 30_000;

/** What a forked generator sends: `true` when it is ready to begin, then its result or what went wrong. */
type GeneratorMessage = { readonly ready: true } | LoadResult | { readonly problem: string };

/** Starts a generator module in a process of its own and waits until it is ready to begin. */
export async function forkGenerator(
  module: URL,
  plan: { readonly durationMs: number },
): Promise<LoadRun> {
  const child = fork(fileURLToPath(module), [], {
    execArgv: [],
    env: { ...process.env, NODE_OPTIONS: "" },
    serialization: "advanced",
  });
  const nextMessage = async (timeoutMs: number): Promise<GeneratorMessage> => {
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      return await Promise.race([
        once(child, "message", { signal }).then(([message]) => message as GeneratorMessage),
        once(child, "exit", { signal }).then(([code]) => ({
          problem: `generator exited, ${code}`,
        })),
      ]);
    } finally {
      over.abort();
    }
  };
  child.send(plan);
  await nextMessage(START_TIMEOUT_MS);
  return {
    pid: child.pid,
    async go() {
      child.send("go");
      const message = await nextMessage(plan.durationMs + RUN_GRACE_MS);
      if ("problem" in message) throw new Error(message.problem);
      if (!("completed" in message)) throw new Error("expected a result of the generator");
      return message;
    },
    stop: () => void child.kill("SIGKILL"),
  };
}

/**
 * The generator's own side: takes the plan, says that it is ready, runs when told to, sends the result.
 *
 * @example
 * await serveGenerator((plan: Plan) => () => run(plan));
 */
export async function serveGenerator<Plan>(
  prepare: (plan: Plan) => Promise<() => Promise<LoadResult>> | (() => Promise<LoadResult>),
): Promise<void> {
  process.once("disconnect", () => process.exit());
  try {
    const [plan] = (await once(process, "message")) as [Plan];
    const run = await prepare(plan);
    const told = once(process, "message");
    process.send?.({ ready: true });
    await told;
    process.send?.(await run());
  } catch (error) {
    process.send?.({ problem: error instanceof Error ? error.message : String(error) });
  }
}
