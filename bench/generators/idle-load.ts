import { setTimeout as delay } from "node:timers/promises";
import { ask, type HttpAnswer } from "../frame/ask.ts";
import { COLLECT_SIGNAL } from "../frame/collect-garbage.ts";
import { processTree, snapshotTree, type TreeSnapshot } from "../frame/process-tree.ts";
import type { Load } from "../frame/suite.ts";
import { forkGenerator } from "./forked.ts";
import type { IdlePlan } from "./idle-connections.ts";

export interface IdleLoadOptions {
  readonly name: string;
  readonly title: string;
  readonly path: string;
  /** Fewer where the limit of open files is too low for a proxy to hold them. */
  readonly connections: number;
  /** Throws when the answer is not what it must be. */
  check(answer: HttpAnswer): void;
}

/** How long the processes get to collect their garbage. */
const COLLECT_MS = 300;

/**
 * Connections that ask once and then stay open in silence: what they cost in memory. Every process of the
 * server must call `collectGarbageWhenTold`.
 */
export function idleLoad({ name, title, path, connections, check }: IdleLoadOptions): Load {
  return {
    name,
    title,
    unit: "connection",
    warmsUpItself: true,
    columns: {
      completed: "connections",
      primaryBytesPerUnit: "primary, bytes each",
      workersBytesPerUnit: "workers, bytes each",
    },
    async verify(target) {
      check(await ask(target, { path }));
    },
    async prepare({ host, port, pid }, { maxConnections }) {
      const count = Math.min(connections, maxConnections, mostForProxy());
      const plan: IdlePlan = { host, port, path, connections: count };
      const run = await forkGenerator(new URL("./idle-connections.ts", import.meta.url), plan);
      const before = await snapshotWithoutGarbage(pid);
      return {
        pid: run.pid,
        go: (durationMs) => run.go(durationMs),
        readAfterwards: async () => growth(before, await snapshotWithoutGarbage(pid), count),
        stop: () => run.stop(),
      };
    },
  };
}

async function snapshotWithoutGarbage(pid: number): Promise<TreeSnapshot> {
  for (const member of processTree(pid)) process.kill(member, COLLECT_SIGNAL);
  await delay(COLLECT_MS);
  return snapshotTree(pid);
}

/** A proxy needs two descriptors a connection, and some of its own. */
function mostForProxy(): number {
  const report = process.report.getReport() as {
    userLimits?: { open_files?: { soft: number | "unlimited" } };
  };
  const limit = Number(report.userLimits?.open_files?.soft);
  return Number.isNaN(limit) ? Infinity : Math.floor((limit - 1_000) / 2);
}

function growth(before: TreeSnapshot, after: TreeSnapshot, connections: number) {
  const memory = ({ processes: [primary, ...workers] }: TreeSnapshot): [number, number] => [
    primary?.rssBytes ?? 0,
    workers.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
  ];
  const [primaryBefore, workersBefore] = memory(before);
  const [primaryAfter, workersAfter] = memory(after);
  return {
    primaryBytesPerUnit: (primaryAfter - primaryBefore) / connections,
    workersBytesPerUnit: (workersAfter - workersBefore) / connections,
  };
}
