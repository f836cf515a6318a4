// CPU per request of `safeHandler` beside the same handler written by hand, in one process, interleaved.
//   node bench/safety/run.ts [rounds]
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpus } from "node:os";
import { runLoad } from "./load.ts";
import { spread } from "./spread.ts";

const rounds = Number(process.argv[2] ?? 7);
const REQUESTS = 15_000;
/** Route and what every answer ends with. */
const kinds = [
  { kind: "sync", name: "answers in the first tick", body: '{"id":"1815","name":"Ada Lovelace"}' },
  { kind: "wait", name: "answers after an await", body: '{"id":"1815","name":"Ada Lovelace"}' },
  { kind: "late", name: "reads the request after an await", body: '"accept":"*/*"}' },
];

const server = fork(new URL("server.ts", import.meta.url), {
  env: { ...process.env, NODE_ENV: "production" },
});
try {
  const { port } = await ask<{ port: number }>(server);
  const measure = async (route: string, body: string): Promise<number> => {
    const before = await cpuOf(server);
    await runLoad({ port, path: `/${route}/1815`, body, connections: 32, requests: REQUESTS });
    return (await cpuOf(server)) - before;
  };
  console.log(`${cpus()[0]?.model ?? "unknown CPU"}, Node ${process.version}, ${rounds} rounds`);
  for (const { kind, name, body } of kinds) {
    const measureRaw = () => measure(`raw-${kind}`, body);
    const measureSafe = () => measure(`try-${kind}`, body);
    // Warm: the optimising compiler has seen both.
    for (const run of [measureRaw, measureSafe, measureRaw, measureSafe]) await run();
    const raw: number[] = [];
    const safe: number[] = [];
    const ratios: number[] = [];
    for (let round = 0; round < rounds; round++) {
      // A B B A: what drifts during a round drifts for both.
      const first = await measureRaw();
      const tried = (await measureSafe()) + (await measureSafe());
      const control = first + (await measureRaw());
      raw.push(control / (2 * REQUESTS));
      safe.push(tried / (2 * REQUESTS));
      ratios.push(tried / control);
    }
    console.log(`${name}: raw ${spread(raw)} µs, safe ${spread(safe)} µs, ratio ${spread(ratios)}`);
  }
} finally {
  server.kill();
}

async function cpuOf(child: ChildProcess): Promise<number> {
  child.send("cpu");
  return (await ask<{ cpuMicros: number }>(child)).cpuMicros;
}

async function ask<T>(child: ChildProcess): Promise<T> {
  const [message] = (await once(child, "message")) as [T];
  return message;
}
