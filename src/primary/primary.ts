import cluster from "node:cluster";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { adoptsSockets, detectApp } from "../apps/detect-app.ts";
import type { ResolvedServerConfig } from "../config/options.ts";
import { MAX_TIMER_MS } from "../config/rules.ts";
import { RollcageError } from "../errors.ts";
import type { WorkerMessage } from "../messages/message.ts";
import { loadSyscalls } from "../native/syscalls.ts";
import { PrimaryPubSub } from "../pubsub/primary-pub-sub.ts";
import type { StartServerResult } from "../start-result.ts";
import { createTransport } from "../transports/create-transport.ts";
import { Dispatcher } from "../transports/dispatcher.ts";
import { selectTransport } from "../transports/select-transport.ts";
import type { Transport } from "../transports/transport.ts";
import { announce } from "./announce.ts";
import { Disposer } from "./disposer.ts";
import { forkWorker } from "./fork-worker.ts";
import { createPrivateFolder } from "./private-folder.ts";
import { reportExit, reportGauges, reportSafetyErrors, reportWorkerStats } from "./reporting.ts";
import { reloadWorkers } from "./rolling-reload.ts";
import { shieldConfig } from "./shield.ts";
import { installSignalHandlers } from "./signals.ts";
import { Supervisor, type SupervisorOwner } from "./supervisor.ts";
import { WorkerProcess, type WorkerEvents, type WorkerExit } from "./worker-process.ts";

/** After the deadline of a stop, how much longer workers may take to exit once they are killed. */
const KILL_GRACE_MS = 1_000;

/** The server as the primary runs it: a transport in front, workers behind, and how to stop and reload it. */
export class Primary implements SupervisorOwner {
  readonly #config: ResolvedServerConfig;
  readonly #supervisor: Supervisor;
  readonly #dispatcher: Dispatcher;
  readonly #transport: Transport;
  readonly #pubSub: PrimaryPubSub;
  readonly #cleanUp = new Disposer();
  readonly #startUp: PromiseWithResolvers<void> = Promise.withResolvers();
  #address: { readonly host: string; readonly port: number };
  #isReady = false;
  #listening: Promise<unknown> | undefined;
  /** Cuts `shutdownDelayMs` short. */
  readonly #skipDelay = new AbortController();
  #stopped: Promise<void> | undefined;
  #reloaded: Promise<void> | undefined;

  /**
   * @throws {RollcageError} `ERR_ROLLCAGE_APP_UNSUPPORTED`, `ERR_ROLLCAGE_TRANSPORT_UNAVAILABLE`: then nothing
   *   was started.
   */
  constructor(app: unknown, given: ResolvedServerConfig) {
    const config = shieldConfig(given);
    const appKind = detectApp(app);
    const syscalls = loadSyscalls();
    const { name, reason } = selectTransport(config.transport, appKind, {
      platform: process.platform,
      systemCalls: syscalls !== undefined,
      isClusterWorker: cluster.isWorker,
      adoptsSockets: adoptsSockets(app),
    });
    config.logger.info(`rollcage: transport ${name}, because ${reason}`);
    this.#config = config;
    this.#address = config;
    this.#supervisor = new Supervisor(config, this);
    this.#pubSub = new PrimaryPubSub(config);
    this.#dispatcher = new Dispatcher(config, () => this.#supervisor.available());
    const { folder, remove } = createPrivateFolder();
    this.#transport = createTransport(name, {
      config,
      appKind,
      syscalls,
      dispatcher: this.#dispatcher,
      privateFolder: folder,
      isReady: () => this.#isReady && this.#supervisor.readyCount > 0,
    });
    process.once("exit", remove); // Where the program ends without a stop.
    this.#cleanUp.add(() => process.off("exit", remove));
    this.#cleanUp.add(remove);
  }

  /** Resolves when every worker is ready, or at `startupTimeoutMs` if one is. */
  async start(): Promise<StartServerResult> {
    const { installSignalHandlers: install, logger } = this.#config;
    if (install) this.#cleanUp.add(installSignalHandlers(this, logger));
    try {
      await this.#pubSub.start();
      if (this.#stopped === undefined) await this.#listen();
      if (this.#stopped === undefined) await this.#supervisor.start();
      await this.#untilStarted();
    } catch (error) {
      await this.stop(false);
      throw error;
    }
    this.#isReady = true;
    return {
      mode: "primary",
      pid: process.pid,
      ...this.#address,
      transport: this.#transport.name,
      workers: this.#config.workers,
    };
  }

  /** The stop that is under way or done, whoever asked for it. */
  get stopped(): Promise<void> | undefined {
    return this.#stopped;
  }

  /** A repeated call joins the first, whatever it asks for. */
  stop(graceful: boolean): Promise<void> {
    if (this.#stopped === undefined) {
      this.#startUp.reject(new Error("the server was stopped"));
      this.#startUp.promise.catch(() => {}); // Nobody may be waiting for it any more.
      if (!graceful) this.#cut();
      this.#stopped = this.#stop(graceful);
    }
    return this.#stopped;
  }

  /** Cuts a stop short that is under way. */
  stopAtOnce(): Promise<void> {
    this.#cut();
    return this.stop(false);
  }

  /** A repeated call joins the first. */
  reload(): Promise<void> {
    this.#reloaded ??= this.#reload().finally(() => (this.#reloaded = undefined));
    return this.#reloaded;
  }

  async startProcess(index: number, events: WorkerEvents): Promise<WorkerProcess> {
    const boot = {
      workerIndex: index,
      transport: this.#transport.name,
      listen: await this.#transport.nextListenTarget(index),
      ...this.#address,
      handleSignals: this.#config.installSignalHandlers,
    };
    const link = this.#transport.openLink();
    try {
      const child = forkWorker(boot, this.#config, link.descriptors);
      const worker = new WorkerProcess(boot, child, events);
      link.attach(worker);
      this.#pubSub.addWorker(worker.child);
      return worker;
    } catch (error) {
      link.abandon();
      throw error;
    }
  }

  onReady(): void {
    this.#dispatcher.flush();
    if (this.#supervisor.readyCount === this.#config.workers) this.#startUp.resolve();
  }

  onExit(worker: WorkerProcess, exit: WorkerExit): void {
    this.#pubSub.removeWorker(worker.child);
    const { telemetry, logger } = this.#config;
    const expected = worker.wasDrained || this.#stopped !== undefined;
    reportExit(telemetry, exit);
    announce(logger, "workerExit", {
      workerIndex: worker.index,
      pid: worker.candidate.pid,
      code: exit.code,
      signal: exit.signal,
      expected,
    });
    if (!this.#supervisor.hasHope) this.#startUp.reject(this.#noWorker("every worker has ended"));
  }

  onMessage(worker: WorkerProcess, message: WorkerMessage): void {
    const { telemetry, logger } = this.#config;
    switch (message.type) {
      case "rollcage:stats":
        reportWorkerStats(telemetry, worker);
        reportGauges(telemetry, this.#supervisor.available(), this.#supervisor.processes);
        break;
      case "rollcage:safety-errors":
        reportSafetyErrors(telemetry, message.counts);
        break;
      case "rollcage:stop-request":
        void this.stop(message.graceful);
        break;
      case "rollcage:reload-request":
        this.reload().catch((error: unknown) => logger.error("rollcage: the reload failed", error));
        break;
      case "rollcage:publish":
      case "rollcage:count-subscribers":
      case "rollcage:subscribers":
        this.#pubSub.receive(worker.child, message);
        break;
      default:
        break; // The worker process itself acts on the others.
    }
  }

  async #listen(): Promise<void> {
    const listening = this.#transport.listen();
    this.#listening = listening;
    this.#address = await listening;
  }

  async #untilStarted(): Promise<void> {
    const { startupTimeoutMs, workers, logger } = this.#config;
    const late = setTimeout(() => {
      const ready = this.#supervisor.readyCount;
      if (ready === 0) this.#startUp.reject(this.#noWorker(`none within ${startupTimeoutMs} ms`));
      else
        logger.warn(
          `rollcage: ${ready} of ${workers} workers are ready, the others go on starting`,
        );
      this.#startUp.resolve();
    }, startupTimeoutMs);
    await this.#startUp.promise.finally(() => clearTimeout(late));
  }

  #noWorker(fact: string): RollcageError {
    const cause = this.#supervisor.lastFailure;
    const reason = cause ? `${fact}; the last one ended with: ${cause.message}` : fact;
    return new RollcageError("ERR_ROLLCAGE_WORKER_START", { reason }, { cause });
  }

  async #reload(): Promise<void> {
    await this.#startUp.promise; // Before, there is neither an address nor a worker to replace.
    const { telemetry, logger } = this.#config;
    telemetry.incrementCounter("reloads");
    logger.info("rollcage: reloading, one worker at a time");
    await reloadWorkers(this.#supervisor, this.#config);
  }

  async #stop(graceful: boolean): Promise<void> {
    this.#isReady = false;
    this.#supervisor.endReplacements();
    await Promise.allSettled([this.#listening]); // What does not listen yet cannot be closed.
    if (graceful) await this.#drain();
    this.#cut();
    const abandoned = AbortSignal.timeout(KILL_GRACE_MS);
    await this.#stopListening(abandoned);
    await this.#untilWorkersExit(abandoned);
    await this.#pubSub.close();
    this.#cleanUp.dispose();
  }

  #cut(): void {
    this.#skipDelay.abort();
    this.#supervisor.killAll();
    this.#transport.close();
  }

  async #drain(): Promise<void> {
    const { shutdownDelayMs, gracefulShutdownTimeoutMs: timeoutMs } = this.#config;
    // Only while there is somebody to serve: else there is nothing to wait for.
    if (shutdownDelayMs > 0 && this.#supervisor.readyCount > 0) {
      const { signal } = this.#skipDelay;
      await delay(shutdownDelayMs, undefined, { signal }).catch(() => {});
    }
    const deadline = AbortSignal.timeout(timeoutMs);
    const startedAt = performance.now();
    await this.#stopListening(deadline);
    this.#supervisor.drainAll(Math.max(0, timeoutMs - (performance.now() - startedAt)));
    const latestMs = Math.min(timeoutMs + 2 * KILL_GRACE_MS, MAX_TIMER_MS);
    await this.#untilWorkersExit(AbortSignal.timeout(latestMs));
  }

  async #stopListening(signal: AbortSignal): Promise<void> {
    await this.#transport.stopAccepting(signal);
    this.#dispatcher.close();
  }

  async #untilWorkersExit(signal: AbortSignal): Promise<void> {
    const exits = [...this.#supervisor.processes].map(({ child }) =>
      once(child, "exit", { signal }),
    );
    await Promise.allSettled(exits);
  }
}
