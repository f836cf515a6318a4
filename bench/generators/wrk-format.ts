import type { HttpRequest } from "../frame/ask.ts";
import type { LoadResult } from "../frame/suite.ts";

/** What wrk is to send, and to print at the end, as a Lua script. */
export function wrkScript({ method, headers, body }: HttpRequest): string {
  const lines = [`wrk.method = ${luaString(Buffer.from(method ?? "GET"))}`];
  for (const [name, value] of Object.entries(headers ?? {})) {
    lines.push(`wrk.headers[${luaString(Buffer.from(name))}] = ${luaString(Buffer.from(value))}`);
  }
  if (body) lines.push(`wrk.body = ${luaString(Buffer.from(body))}`);
  return `${lines.join("\n")}\n${REPORT}`;
}

const REPORT = `
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    "result %d %d %d %d %d %d %d %d %d %d\\n",
    summary.requests, summary.duration, summary.bytes,
    latency:percentile(50), latency:percentile(99),
    errors.connect, errors.read, errors.write, errors.status, errors.timeout))
end
`;

const ERRORS = ["connect", "read", "write", "status", "timeout"];

/** @throws when wrk counted any error, or printed no result. */
export function parseWrk(output: string): LoadResult {
  const numbers = /^result ([\d ]+)$/m.exec(output)?.[1]?.split(" ").map(Number);
  if (numbers === undefined) throw new Error(`expected a result of wrk, got ${output.slice(-500)}`);
  const [completed = 0, micros = 1, bytes = 0, p50Micros = 0, p99Micros = 0, ...errors] = numbers;
  const problems = ERRORS.flatMap((kind, at) => (errors[at] ? [`${kind}: ${errors[at]}`] : []));
  if (problems.length > 0) throw new Error(problems.join(", "));
  const seconds = micros / 1e6;
  return {
    completed,
    seconds,
    figures: {
      latencyP50Ms: p50Micros / 1_000,
      latencyP99Ms: p99Micros / 1_000,
      bytesPerSecond: bytes / seconds,
    },
  };
}

/** Byte by byte, so that a binary body passes too. */
function luaString(bytes: Buffer): string {
  return `"${[...bytes].map((byte) => `\\${String(byte).padStart(3, "0")}`).join("")}"`;
}
