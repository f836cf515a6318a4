import { connect } from "node:net";
import type { LoadResult } from "../frame/suite.ts";
import type { HttpPlan } from "./autocannon.ts";
import { serveGenerator } from "./forked.ts";

/** Each request on a connection of its own, which the server closes after the answer. */
async function run(plan: HttpPlan, durationMs: number): Promise<LoadResult> {
  const { hostname, port } = new URL(plan.url);
  const bytes = requestBytes(plan, `${hostname}:${port}`);
  const latenciesMs: number[] = [];
  const startedAt = performance.now();
  const endsAt = startedAt + durationMs;
  const client = async (): Promise<void> => {
    while (performance.now() < endsAt) {
      const sentAt = performance.now();
      await exchange({ host: hostname, port: Number(port) }, bytes);
      latenciesMs.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: plan.connections }, client));
  const seconds = (performance.now() - startedAt) / 1_000;
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
  return {
    completed: latenciesMs.length,
    seconds,
    figures: { latencyP50Ms: at(0.5), latencyP99Ms: at(0.99) },
  };
}

function requestBytes({ method, path, headers, body }: HttpPlan, host: string): Buffer {
  const lines = Object.entries({
    host,
    connection: "close",
    ...headers,
    ...(body && { "content-length": String(Buffer.byteLength(body)) }),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${method ?? "GET"} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
  return Buffer.from(head + (body ?? ""));
}

/** Resolves when the server has answered 2xx and closed. */
function exchange(address: { host: string; port: number }, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(address);
    let status: string | undefined;
    socket.setTimeout(10_000, () => socket.destroy(new Error("no answer within 10 s")));
    socket.on("data", (chunk) => (status ??= chunk.toString("latin1", 9, 12)));
    socket.once("error", reject);
    socket.once("close", () =>
      status?.startsWith("2") ? resolve() : reject(new Error(`expected 2xx, got ${status}`)),
    );
    socket.write(bytes);
  });
}

await serveGenerator((plan: HttpPlan) => (durationMs) => run(plan, durationMs));
