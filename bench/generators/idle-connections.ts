import { connect, type Socket } from "node:net";
import type { LoadResult } from "../frame/suite.ts";
import { serveGenerator } from "./forked.ts";

export interface IdlePlan {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly connections: number;
}

/** Connections being opened at one time: fewer than any backlog. */
const OPENING = 64;

/** Opens one connection, asks once, and leaves it open. */
function open({ host, port, path }: IdlePlan): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    socket.setTimeout(10_000, () => socket.destroy(new Error("no answer within 10 s")));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the server closed an idle connection")));
    socket.once("data", (chunk) => {
      socket.setTimeout(0);
      const status = chunk.toString("latin1", 9, 12);
      if (status === "200") resolve(socket);
      else reject(new Error(`expected 200, got ${status}`));
    });
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`);
  });
}

async function openAll(plan: IdlePlan, use: (socket: Socket) => void): Promise<void> {
  let left = plan.connections;
  const opener = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      use(await open(plan));
    }
  };
  await Promise.all(Array.from({ length: OPENING }, opener));
}

await serveGenerator(async (plan: IdlePlan) => {
  // The same traffic once without holding on to it: what the server keeps of that is no price of being idle.
  await openAll(plan, (socket) => socket.destroy());
  return async (): Promise<LoadResult> => {
    const held: Socket[] = [];
    const startedAt = performance.now();
    await openAll(plan, (socket) => held.push(socket));
    const seconds = (performance.now() - startedAt) / 1_000;
    const dead = held.filter(({ destroyed }) => destroyed).length;
    if (dead > 0) throw new Error(`${dead} of ${held.length} connections did not stay open`);
    return { completed: held.length, seconds, figures: {} };
  };
});
