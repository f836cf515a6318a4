import { readdirSync, readFileSync } from "node:fs";

/** What the kernel says of one thread. Both are sums since the thread began. */
export interface ThreadTimes {
  /** On a core. */
  readonly runNs: number;
  /** Able to run, while every core was taken. */
  readonly waitNs: number;
}

export interface ProcessSnapshot {
  readonly pid: number;
  readonly threads: ReadonlyMap<number, ThreadTimes>;
  readonly rssBytes: number;
}

/** A process and all its descendants, the process itself first, at one moment. */
export interface TreeSnapshot {
  readonly atMs: number;
  readonly processes: readonly ProcessSnapshot[];
}

/** Whether this machine says what a thread has used, to the nanosecond. */
export const canReadCpu: boolean = read("/proc/self/schedstat") !== "";

/** The process and its descendants, by pid; empty where there is no `/proc` or no such process. */
export function processTree(pid: number): number[] {
  const children = threadIds(pid).flatMap((tid) =>
    read(`/proc/${pid}/task/${tid}/children`).split(" ").filter(Boolean).map(Number),
  );
  return read(`/proc/${pid}/stat`) === "" ? [] : [pid, ...children.flatMap(processTree)];
}

export function snapshotTree(pid: number): TreeSnapshot {
  const processes = processTree(pid).map((member) => ({
    pid: member,
    threads: new Map(threadIds(member).map((tid) => [tid, threadTimes(member, tid)])),
    rssBytes: rssBytes(member),
  }));
  return { atMs: performance.now(), processes };
}

/** CPU time that the whole machine has used, without idling, in milliseconds of one core. */
export function machineBusyMs(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = read("/proc/stat")
    .split("\n", 1)[0]!
    .split(/\s+/)
    .slice(1)
    .map(Number);
  // The kernel counts in ticks of 10 ms here, whatever its own clock runs at.
  return (user + nice + system + irq + softirq + steal) * 10;
}

function threadIds(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
}

function threadTimes(pid: number, tid: number): ThreadTimes {
  const [runNs = 0, waitNs = 0] = read(`/proc/${pid}/task/${tid}/schedstat`).split(" ").map(Number);
  return { runNs, waitNs };
}

function rssBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1];
  return Number(kibibytes ?? 0) * 1_024;
}

/** Empty when there is no such file: processes end while they are looked at. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
