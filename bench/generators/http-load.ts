import { setTimeout as delay } from "node:timers/promises";
import { ask, type HttpAnswer, type HttpRequest } from "../frame/ask.ts";
import type { Load, LoadRun, RoundSettings, Target } from "../frame/suite.ts";
import type { HttpPlan } from "./autocannon.ts";
import { forkGenerator } from "./forked.ts";
import { prepareWrk } from "./wrk.ts";

export interface HttpLoadOptions extends HttpRequest {
  readonly name: string;
  readonly title: string;
  /** @default 64 */
  readonly connections?: number | undefined;
  /** @default "kept-alive" */
  readonly connection?: "kept-alive" | "new-per-request" | undefined;
  /** Throws when the answer is not what it must be. */
  check(answer: HttpAnswer): void;
}

/** How often an answer is checked while the load runs. */
const PROBE_INTERVAL_MS = 500;

/**
 * HTTP/1.1 requests, all the same, as fast as the server answers them.
 *
 * @example
 * httpLoad({ name: "json", title: "JSON", path: "/json", check: ({ status }) => assert.equal(status, 200) });
 */
export function httpLoad(options: HttpLoadOptions): Load {
  const verify = async (target: Target): Promise<void> => {
    const answer = await ask(target, options);
    options.check(answer);
  };
  return {
    name: options.name,
    title: options.title,
    unit: "request",
    verify,
    async prepare(target, settings) {
      const run = await prepareGenerator(planOf(options, target, settings), options, settings);
      return {
        get pid() {
          return run.pid;
        },
        go: (durationMs) => probed(run.go(durationMs), () => verify(target)),
        stop: () => run.stop(),
      };
    },
  };
}

function planOf(options: HttpLoadOptions, target: Target, settings: RoundSettings): HttpPlan {
  const { path, method, headers, body, connections = 64 } = options;
  return {
    path,
    method,
    headers,
    body,
    url: `http://${target.host}:${target.port}`,
    connections: Math.min(connections, settings.maxConnections),
    threads: settings.threads,
  };
}

async function prepareGenerator(
  plan: HttpPlan,
  { connection = "kept-alive" }: HttpLoadOptions,
  { generator }: RoundSettings,
): Promise<LoadRun> {
  const isNew = connection === "new-per-request";
  if (generator === "wrk") {
    return prepareWrk(
      isNew ? { ...plan, headers: { ...plan.headers, connection: "close" } } : plan,
    );
  }
  // autocannon does not count the answer after which it reconnects.
  const module = isNew ? "./new-connections.ts" : "./autocannon.ts";
  return forkGenerator(new URL(module, import.meta.url), plan);
}

/** Asks and checks beside the load, so that a server that begins to answer wrongly is found out. */
async function probed<T>(load: Promise<T>, verify: () => Promise<void>): Promise<T> {
  const over = new AbortController();
  const probing = (async () => {
    while (!over.signal.aborted) {
      await verify();
      await delay(PROBE_INTERVAL_MS, undefined, { signal: over.signal }).catch(() => {});
    }
  })();
  try {
    const [result] = await Promise.all([load.finally(() => over.abort()), probing]);
    return result;
  } finally {
    over.abort();
  }
}
