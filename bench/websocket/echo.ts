// The generator: clients that send a message as soon as they have the answer to the one before.
import type { LoadResult } from "../frame/suite.ts";
import { serveGenerator } from "../generators/forked.ts";
import { dialects, PlainClient } from "./plain-client.ts";

export interface EchoPlan {
  readonly host: string;
  readonly port: number;
  readonly clients: number;
}

async function prepare(plan: EchoPlan): Promise<(durationMs: number) => Promise<LoadResult>> {
  const opening = Array.from({ length: plan.clients }, async () =>
    PlainClient.open(plan, dialects.plain),
  );
  const clients = await Promise.all(opening);
  return (durationMs) => run(clients, durationMs);
}

async function run(clients: readonly PlainClient[], durationMs: number): Promise<LoadResult> {
  const startedAt = performance.now();
  let completed = 0;
  await Promise.all(
    clients.map(
      async (client) =>
        new Promise<void>((resolve, reject) => {
          client.onEnd(() => reject(new Error("a client was disconnected")));
          client.onFrames = () => {
            completed++;
            if (performance.now() - startedAt < durationMs) client.say("echo");
            else resolve();
          };
          client.say("echo");
        }),
    ),
  );
  return { completed, seconds: (performance.now() - startedAt) / 1_000, figures: {} };
}

await serveGenerator(prepare);
