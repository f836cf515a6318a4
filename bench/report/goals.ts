import { pairedRatio, spreadOf, type Spread } from "../frame/statistics.ts";
import type { GoalResult, SuiteReport } from "./report.ts";

interface Goal {
  readonly title: string;
  readonly goal: string;
  readonly unit?: string | undefined;
  isMet(value: number): boolean;
  measure(read: Reader): Spread | undefined;
}

/** The figures of one row, a value per round; empty where it was not measured. */
type Reader = (suite: string, load: string, server: string) => (figure: string) => number[];

const RELOADED_REQUESTS = 100_000;
/** Below this the resident memory of 10 000 connections grew by less than a megabyte. */
const FLAT_BYTES = 100;

const goals: readonly Goal[] = [
  {
    title:
      "Express app by hand-off ÷ the same with bare `SO_REUSEPORT` workers, kept-alive, requests/s",
    goal: "≥ 0.97",
    isMet: (value) => value >= 0.97,
    measure: (read) =>
      quotient("requestsPerSecond", [
        read("transports", "kept-alive", "handoff"),
        read("transports", "kept-alive", "bare"),
      ]),
  },
  {
    title: "CPU of the primary per request, hand-off, kept-alive",
    goal: "≤ 0.05 µs",
    unit: "µs",
    isMet: (value) => value <= 0.05,
    measure: (read) => spread(read("transports", "kept-alive", "handoff")("cpuPrimaryMicros")),
  },
  {
    title: "New connection per request, hand-off ÷ `reuseport`, requests/s",
    goal: "≥ 0.75",
    isMet: (value) => value >= 0.75,
    measure: (read) =>
      quotient("requestsPerSecond", [
        read("transports", "new-connection", "handoff"),
        read("transports", "new-connection", "reuseport"),
      ]),
  },
  {
    title: "CPU of the primary per request, `proxy` ÷ a plain `net` pipe proxy, kept-alive",
    goal: "≤ 0.5",
    isMet: (value) => value <= 0.5,
    measure: (read) =>
      quotient("cpuPrimaryMicros", [
        read("transports", "kept-alive", "proxy"),
        read("transports", "kept-alive", "plain-pipe"),
      ]),
  },
  {
    title: "CPU per request, synchronous `safeHandler` ÷ the same by hand in µWS",
    goal: "≤ 1.03",
    isMet: (value) => value <= 1.03,
    measure: (read) =>
      quotient("cpuMicros", [read("safety", "json", "safe"), read("safety", "json", "raw")]),
  },
  {
    title: "CPU per request, asynchronous `safeHandler` ÷ the same by hand in µWS",
    goal: "≤ 1.03",
    isMet: (value) => value <= 1.03,
    measure: (read) =>
      quotient("cpuMicros", [
        read("safety", "json-async", "safe"),
        read("safety", "json-async", "raw"),
      ]),
  },
  {
    title: "CPU per request, a route of `createApp` ÷ raw µWS, hello",
    goal: "≤ 1.03",
    isMet: (value) => value <= 1.03,
    measure: (read) =>
      quotient("cpuMicros", [
        read("create-app", "hello", "app"),
        read("create-app", "hello", "raw"),
      ]),
  },
  ...(["hello", "echo", "file"] as const).map((load): Goal => {
    return {
      title: `Requests per second of CPU, \`express\` ÷ plain ultimate-express, ${load}`,
      goal: "≥ 0.97",
      isMet: (value) => value >= 0.97,
      measure: (read) =>
        quotient("cpuMicros", [read("express", load, "plain"), read("express", load, "rollcage")]),
    };
  }),
  {
    title: "Memory of the primary per idle connection, hand-off",
    goal: `0 bytes (RSS flat: below ${FLAT_BYTES})`,
    unit: "bytes",
    isMet: (value) => value <= FLAT_BYTES,
    measure: (read) => spread(read("transports", "idle", "handoff")("primaryBytesPerUnit")),
  },
  {
    title: "Failed requests during rolling reloads under load",
    goal: `0 of ≥ ${RELOADED_REQUESTS.toLocaleString("en")}`,
    isMet: (value) => value === 0,
    measure: (read) => {
      const row = read("supervision", "reload", "rollcage");
      const asked = row("completed").reduce((sum, count) => sum + count, 0);
      return asked >= RELOADED_REQUESTS ? spread(row("failedRequests")) : undefined;
    },
  },
  {
    title: "Failed requests beyond those in flight on a worker that was killed",
    goal: "0",
    isMet: (value) => value === 0,
    measure: (read) => spread(read("supervision", "kill", "rollcage")("failedBeyondInFlight")),
  },
];

/** Every promise beside what these suites measured; a goal is judged by the median. */
export function evaluateGoals(suites: readonly SuiteReport[]): GoalResult[] {
  const read: Reader = (suite, load, server) => (figure) =>
    suites
      .find(({ name }) => name === suite)
      ?.loads.find(({ name }) => name === load)
      ?.rows.find((row) => row.server === server)
      ?.rounds.flatMap((round) => round[figure] ?? []) ?? [];
  return goals.map(({ title, goal, unit = "", isMet, measure }) => {
    const reached = measure(read);
    return { title, goal, unit, reached, isMet: reached && isMet(reached.median) };
  });
}

function quotient(
  figure: string,
  [dividend, divisor]: readonly [(figure: string) => number[], (figure: string) => number[]],
): Spread | undefined {
  return pairedRatio(dividend(figure), divisor(figure));
}

function spread(values: readonly number[]): Spread | undefined {
  return values.length === 0 ? undefined : spreadOf(values);
}
