import autocannon from "autocannon";
import type { HttpRequest } from "../frame/ask.ts";
import type { LoadResult } from "../frame/suite.ts";
import { serveGenerator } from "./forked.ts";

export interface HttpPlan extends HttpRequest {
  readonly url: string;
  readonly connections: number;
  readonly threads: number;
}

/** The program looks only at these moments whether its time is over. */
const SAMPLE_INTERVAL_MS = 50;

async function run(plan: HttpPlan, durationMs: number): Promise<LoadResult> {
  const seconds = durationMs / 1_000;
  const result = await autocannon({
    url: plan.url + plan.path,
    method: (plan.method ?? "GET") as "GET",
    headers: { ...plan.headers },
    ...(plan.body && { body: plan.body }),
    connections: plan.connections,
    workers: Math.min(plan.threads, plan.connections),
    duration: seconds,
    sampleInt: SAMPLE_INTERVAL_MS,
  });
  const wrong = { errors: result.errors, timeouts: result.timeouts, "not 2xx": result.non2xx };
  const problems = Object.entries(wrong).filter(([, count]) => count > 0);
  if (problems.length > 0) {
    throw new Error(problems.map(([name, count]) => `${name}: ${count}`).join(", "));
  }
  const completed = result["2xx"];
  return {
    completed,
    seconds: result.duration || seconds,
    figures: {
      latencyP50Ms: result.latency.p50,
      latencyP99Ms: result.latency.p99,
      bytesPerSecond: result.throughput.total / (result.duration || seconds),
    },
  };
}

await serveGenerator((plan: HttpPlan) => (durationMs) => run(plan, durationMs));
