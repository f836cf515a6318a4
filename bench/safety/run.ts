// CPU per request of `safeHandler` beside the same handler written by hand, in one process, interleaved.
//   node bench/safety/run.ts [rounds]
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpus } from "node:os";
import { runLoad } from "./load.ts";
import { spread } from "./spread.ts";

const rounds = Number(process.argv[2] ?? 7);
const REQUESTS = 15_000;
const BODY = '{"id":"1815","name":"Ada Lovelace"}';

const server = fork(new URL("server.ts", import.meta.url), {
  env: { ...process.env, NODE_ENV: "production" },
});
try {
  const { port } = await ask<{ port: number }>(server);
  const measure = async (route: string): Promise<number> => {
    const before = await cpuOf(server);
    const load = { port, path: `/${route}/1815`, body: BODY, connections: 32, requests: REQUESTS };
    await runLoad(load);
    return (await cpuOf(server)) - before;
  };
  console.log(`${cpus()[0]?.model ?? "unknown CPU"}, Node ${process.version}, ${rounds} rounds`);
  for (const kind of ["sync", "wait"]) {
    // Warm: the optimising compiler has seen both.
    for (const side of ["raw", "try", "raw", "try"]) await measure(`${side}-${kind}`);
    const raw: number[] = [];
    const safe: number[] = [];
    const ratios: number[] = [];
    for (let round = 0; round < rounds; round++) {
      // A B B A: what drifts during a round drifts for both.
      const first = await measure(`raw-${kind}`);
      const second = (await measure(`try-${kind}`)) + (await measure(`try-${kind}`));
      const control = first + (await measure(`raw-${kind}`));
      raw.push(control / (2 * REQUESTS));
      safe.push(second / (2 * REQUESTS));
      ratios.push(second / control);
    }
    const name = kind === "sync" ? "answers in the first tick" : "answers after an await";
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
