import type { ResolvedServerConfig } from "../config/options.ts";
import { printable } from "../internal/printable.ts";
import type { WorkerMessage } from "../messages/message.ts";
import { announce } from "./announce.ts";
import { isHealthy, isHung, PING_INTERVAL_MS, slowStartWeight } from "./health.ts";
import { reasonToRecycle } from "./recycle-policy.ts";
import { planRestart } from "./restart-policy.ts";
import type { WorkerEvents, WorkerExit, WorkerProcess } from "./worker-process.ts";

/** How long a slot is left alone after a replacement, also one that failed: its limits may be too low. */
const RECYCLE_PAUSE_MS = 10_000;

/** How often a slot whose processes keep dying is logged, once the pauses are at their longest. */
const CRASH_LOOP_LOG_MS = 60_000;

/** Pause before the next try where not even a process could be started. */
const CANNOT_START_PAUSE_MS = 1_000;

/** What the supervisor needs of the rest of the primary. */
export interface SupervisorOwner {
  /** Starts a process for this slot. */
  startProcess(index: number, events: WorkerEvents): Promise<WorkerProcess>;
  onReady(worker: WorkerProcess): void;
  onExit(worker: WorkerProcess, exit: WorkerExit): void;
  /** What a worker reports or asks for. */
  onMessage(worker: WorkerProcess, message: WorkerMessage): void;
}

interface Slot {
  readonly index: number;
  /** The process that serves this slot or is about to; one that it replaced drains beside it. */
  current: WorkerProcess | undefined;
  youngDeaths: number;
  /** `performance.now()` until which a crash loop at its longest pause is not logged again. */
  quietUntil: number;
  restartTimer: NodeJS.Timeout | undefined;
  /** `performance.now()` from which on the process may be replaced for its age or memory. */
  recyclableFrom: number;
  /** Spreads the ages at which processes are replaced. */
  readonly random: number;
}

/** Keeps every slot filled: starts workers, watches them, replaces those that end. */
export class Supervisor {
  readonly #config: ResolvedServerConfig;
  readonly #owner: SupervisorOwner;
  readonly #slots: readonly Slot[];
  readonly #processes = new Set<WorkerProcess>();
  #pings: NodeJS.Timeout | undefined;
  /** One replacement at a time: each needs the memory and the start-up time of a whole worker. */
  #replacing: Promise<void> = Promise.resolve();
  #mayReplace = true;
  #stopping = false;
  /** What the last worker that failed failed with, for the error of a start without any ready worker. */
  lastFailure: Error | undefined;

  constructor(config: ResolvedServerConfig, owner: SupervisorOwner) {
    this.#config = config;
    this.#owner = owner;
    this.#slots = Array.from({ length: config.workers }, (_, index) => ({
      index,
      current: undefined,
      youngDeaths: 0,
      quietUntil: 0,
      restartTimer: undefined,
      recyclableFrom: 0,
      random: Math.random(),
    }));
  }

  async start(): Promise<void> {
    this.#pings = setInterval(() => this.#watch(performance.now()), PING_INTERVAL_MS);
    await Promise.all(this.#slots.map((slot) => this.#fill(slot)));
  }

  /** Every process that has not exited, those that drain included. */
  get processes(): ReadonlySet<WorkerProcess> {
    return this.#processes;
  }

  /** Processes that take connections, in order of their index; unhealthy ones only where no other is left. */
  available(): readonly WorkerProcess[] {
    const now = performance.now();
    const ready: WorkerProcess[] = [];
    let healthy = 0;
    for (const { current } of this.#slots) {
      if (current?.state !== "ready") continue;
      const { candidate } = current;
      candidate.healthy = isHealthy(current.vitals, this.#config.workerHeartbeatStaleAfterMs, now);
      candidate.weight = slowStartWeight(now - (current.readyAt ?? now), this.#config.slowStartMs);
      if (candidate.healthy) healthy++;
      ready.push(current);
    }
    if (healthy === 0 || healthy === ready.length) return ready;
    return ready.filter(({ candidate }) => candidate.healthy);
  }

  get readyCount(): number {
    return this.#slots.filter(({ current }) => current?.state === "ready").length;
  }

  /** Whether a slot is filled, or about to be. */
  get hasHope(): boolean {
    return this.#slots.some(({ current, restartTimer }) => current ?? restartTimer);
  }

  /**
   * Puts a new process in place of the one that serves this slot, which drains once the new one is ready.
   *
   * @throws What stopped the new process; the old one then stays.
   */
  replace(index: number): Promise<void> {
    const replaced = this.#replacing.then(() => this.#replaceNow(this.#slots[index]!));
    this.#replacing = replaced.catch(() => {});
    return replaced;
  }

  /** A stop has begun: workers that die are still replaced while the server serves, but no others. */
  endReplacements(): void {
    this.#mayReplace = false;
  }

  /** No worker is started any more, and those that run are told to finish. */
  drainAll(timeoutMs: number): void {
    this.#stop();
    for (const worker of this.#processes) worker.drain("stop", timeoutMs);
  }

  killAll(): void {
    this.#stop();
    for (const worker of this.#processes) worker.kill();
  }

  #stop(): void {
    this.#mayReplace = false;
    this.#stopping = true;
    clearInterval(this.#pings);
    for (const slot of this.#slots) {
      clearTimeout(slot.restartTimer);
      slot.restartTimer = undefined;
    }
  }

  async #fill(slot: Slot): Promise<void> {
    const worker = await this.#start(slot);
    slot.restartTimer = undefined;
    slot.current = worker;
  }

  #fillLater(slot: Slot, delayMs: number): void {
    slot.restartTimer = setTimeout(() => {
      // Where not even a process can be started (no descriptor, no memory), the next try may find some.
      this.#fill(slot).catch((error: unknown) => {
        if (this.#stopping) return;
        this.#config.logger.error(`rollcage: worker-${slot.index} cannot be started`, error);
        this.#fillLater(slot, CANNOT_START_PAUSE_MS);
      });
    }, delayMs);
  }

  async #start(slot: Slot): Promise<WorkerProcess> {
    const worker = await this.#owner.startProcess(slot.index, {
      onReady: (ready) => {
        const event = { workerIndex: slot.index, pid: ready.candidate.pid };
        announce(this.#config.logger, "workerReady", event);
        this.#owner.onReady(ready);
      },
      onExit: (exited, exit) => this.#exited(slot, exited, exit),
      onMessage: (sender, message) => {
        if (message.type === "rollcage:drain-request") this.#replaceTerminated(slot, sender);
        else this.#owner.onMessage(sender, message);
      },
    });
    this.#processes.add(worker);
    if (this.#stopping) worker.kill(); // The stop came while it was started, and has not seen it.
    return worker;
  }

  async #replaceNow(slot: Slot): Promise<void> {
    if (!this.#mayReplace) throw new Error("the server is stopping");
    const successor = await this.#start(slot);
    const timer = setTimeout(() => successor.kill(), this.#config.startupTimeoutMs);
    await successor.whenReady.finally(() => clearTimeout(timer));
    // The old one may have died meanwhile, and its successor may wait to be started or have been.
    clearTimeout(slot.restartTimer);
    slot.restartTimer = undefined;
    const old = slot.current;
    slot.current = successor;
    old?.drain("replace", this.#config.gracefulShutdownTimeoutMs);
    this.#owner.onReady(successor);
  }

  #exited(slot: Slot, worker: WorkerProcess, exit: WorkerExit): void {
    this.#processes.delete(worker);
    this.lastFailure = worker.startError ?? worker.failure ?? this.lastFailure;
    if (slot.current === worker) {
      slot.current = undefined;
      if (this.#config.respawnWorkers && !this.#stopping) this.#restart(slot, worker, exit);
    }
    this.#owner.onExit(worker, exit);
  }

  #restart(slot: Slot, worker: WorkerProcess, exit: WorkerExit): void {
    const { candidate, failure, readyAt } = worker;
    const death = {
      livedMs: exit.livedMs,
      leavesNone:
        readyAt !== undefined && this.#slots.every(({ current }) => current === undefined),
    };
    const restart = planRestart(slot.youngDeaths, death, Math.random());
    slot.youngDeaths = restart.youngDeaths;
    this.#config.telemetry.incrementCounter("worker_respawns");
    this.#fillLater(slot, restart.delayMs);
    const now = performance.now();
    if (restart.atCap && now < slot.quietUntil) return;
    slot.quietUntil = now + CRASH_LOOP_LOG_MS;
    this.#config.logger.warn(
      `rollcage: ${candidate.id} (pid ${candidate.pid}) ended with ${exit.signal ?? `code ${exit.code}`}` +
        `${failure ? ` (${failure.message})` : ""}; the next one starts in ${restart.delayMs} ms`,
    );
  }

  /** A worker was sent SIGTERM from outside: it may end, once another one is ready. */
  #replaceTerminated(slot: Slot, worker: WorkerProcess): void {
    if (!this.#mayReplace || slot.current !== worker) return;
    this.#config.logger.info(`rollcage: ${worker.candidate.id} was sent SIGTERM and is replaced`);
    this.#replaceOrLog(slot);
  }

  #replaceOrLog(slot: Slot): void {
    this.replace(slot.index)
      .catch((error: unknown) => {
        if (!this.#mayReplace) return; // A stop ends what was being started.
        this.#config.logger.error(`rollcage: worker-${slot.index} could not be replaced`, error);
      })
      .finally(() => (slot.recyclableFrom = performance.now() + RECYCLE_PAUSE_MS));
  }

  #watch(now: number): void {
    for (const slot of this.#slots) {
      const worker = slot.current;
      if (worker?.state !== "ready") continue;
      if (isHung(worker.vitals, this.#config.workerHangTimeoutMs, now)) this.#endHung(worker);
      else worker.ping(now);
      const ageMs = now - (worker.readyAt ?? now);
      const reason = reasonToRecycle(worker.candidate.stats, ageMs, this.#config, slot.random);
      if (reason === undefined || now < slot.recyclableFrom) continue;
      slot.recyclableFrom = Infinity;
      this.#config.logger.info(`rollcage: ${worker.candidate.id} is replaced: ${reason}`);
      this.#replaceOrLog(slot);
    }
  }

  #endHung(worker: WorkerProcess): void {
    const { id, pid } = worker.candidate;
    const { method, path } = worker.lastRequest ?? {};
    const last = method === undefined ? "no HTTP request" : printable(`${method} ${path}`);
    const { telemetry, logger, workerHangTimeoutMs } = this.#config;
    telemetry.incrementCounter("worker_hangs");
    logger.error(
      `rollcage: ${id} (pid ${pid}) has not answered for ${workerHangTimeoutMs} ms and is killed; ` +
        `the last connection came to it with ${last}`,
    );
    announce(logger, "workerHang", { workerIndex: worker.index, pid });
    worker.kill();
  }
}
