import { setTimeout as delay } from "node:timers/promises";
import { canReadCpu, machineBusyMs, snapshotTree, type TreeSnapshot } from "./process-tree.ts";
import type { Figures, Load, LoadResult, LoadRun, RoundSettings, Target } from "./suite.ts";
import { treeUsage, type TreeUsage } from "./tree-usage.ts";

/** The middle of a round, in which the generator is watched: past its start, before its end. */
const WATCH_FROM = 0.2;
const WATCH_FOR = 0.6;

/** How long a round takes. */
export interface RoundTimes {
  readonly warmUpMs: number;
  readonly durationMs: number;
}

/**
 * One round: the answer is checked, the server warmed up, then measured, and the answer checked again.
 *
 * @returns All figures of the round, those of the load and those of the operating system.
 */
export async function measureRound(
  load: Load,
  target: Target,
  settings: RoundSettings & RoundTimes,
): Promise<Figures> {
  const { warmUpMs, durationMs } = settings;
  await load.verify(target);
  const run = await load.prepare(target, settings);
  let figures: Figures;
  try {
    if (load.warmsUpItself === undefined && warmUpMs > 0) await run.go(warmUpMs);
    figures = await measure(run, target, durationMs);
  } finally {
    run.stop();
  }
  await load.verify(target);
  return figures;
}

async function measure(run: LoadRun, target: Target, durationMs: number): Promise<Figures> {
  const before = snapshotTree(target.pid);
  const watching = watchMiddle(run, target, durationMs);
  const result = await run.go(durationMs);
  const after = snapshotTree(target.pid);
  const watched = await watching;
  return {
    ...throughput(result),
    ...(canReadCpu ? cpuFigures(treeUsage(before, after), result, after) : {}),
    ...watched,
    ...result.figures,
    ...(await run.readAfterwards?.()),
  };
}

function throughput({ completed, seconds }: LoadResult): Figures {
  return { completed, requestsPerSecond: completed / seconds };
}

/** A server of one process does the work itself: its time is then the workers' time. */
function cpuFigures(usage: TreeUsage, { completed }: LoadResult, after: TreeSnapshot): Figures {
  const perRequest = (cpuMs: number): number => (cpuMs * 1_000) / Math.max(completed, 1);
  const [primary, ...workers] = after.processes;
  const total = { cpuMicros: perRequest(usage.primaryCpuMs + usage.workersCpuMs) };
  const rssBytes = after.processes.reduce((sum, process) => sum + process.rssBytes, 0);
  if (workers.length === 0) return { ...total, cpuWorkersMicros: total.cpuMicros, rssBytes };
  return {
    ...total,
    cpuPrimaryMicros: perRequest(usage.primaryCpuMs),
    cpuWorkersMicros: perRequest(usage.workersCpuMs),
    rssBytes,
    rssPrimaryBytes: primary?.rssBytes ?? 0,
  };
}

/** How busy the generator, the server and everybody else were in the middle of the round. */
async function watchMiddle(run: LoadRun, target: Target, durationMs: number): Promise<Figures> {
  if (!canReadCpu) return {};
  const look = (pid: number): [TreeSnapshot, TreeSnapshot, number] => [
    snapshotTree(pid),
    snapshotTree(target.pid),
    machineBusyMs(),
  ];
  await delay(durationMs * WATCH_FROM);
  const { pid } = run;
  if (pid === undefined) return {};
  const [generatorBefore, serverBefore, busyBefore] = look(pid);
  await delay(durationMs * WATCH_FOR);
  const [generatorAfter, serverAfter, busyAfter] = look(pid);
  const generator = treeUsage(generatorBefore, generatorAfter);
  const server = treeUsage(serverBefore, serverAfter);
  const ownMs = [generator, server].reduce((sum, u) => sum + u.primaryCpuMs + u.workersCpuMs, 0);
  return {
    generatorBusy: generator.busiest,
    serverBusy: server.busiest,
    otherCores: Math.max(busyAfter - busyBefore - ownMs, 0) / server.elapsedMs,
  };
}
