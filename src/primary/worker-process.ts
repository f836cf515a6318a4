import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import type { BackendCandidate } from "../balancers/balancer.ts";
import { MAX_TIMER_MS } from "../config/rules.ts";
import type { RequestHead } from "../inspection/request-head.ts";
import type { Machine } from "../internal/machine.ts";
import { sendToWorker } from "../messages/channel.ts";
import { parseWorkerMessage, type DrainReason, type WorkerMessage } from "../messages/message.ts";
import { fromRemoteError } from "../messages/remote-error.ts";
import type { TransportWorker } from "../transports/transport.ts";
import type { WorkerBoot } from "../worker/boot.ts";
import type { Vitals } from "./health.ts";
import { createWorkerState, type WorkerState } from "./worker-state.ts";

/** After its own deadline, how much longer a draining worker may take to exit. */
const EXIT_GRACE_MS = 1_000;

export interface WorkerExit {
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly livedMs: number;
}

/** What a worker process tells its owner. */
export interface WorkerEvents {
  onReady(worker: WorkerProcess): void;
  onExit(worker: WorkerProcess, exit: WorkerExit): void;
  /** What the worker itself does not act on. */
  onMessage(worker: WorkerProcess, message: WorkerMessage): void;
}

/** One worker process: its state, what it last reported, and what can be told to it. */
export class WorkerProcess implements TransportWorker {
  readonly boot: WorkerBoot;
  /** What balancers see; the same object for the life of the process. */
  readonly candidate: TransportWorker["candidate"];
  readonly child: ChildProcess;
  /** Rejects with what stopped it, where it exits without having been ready. */
  readonly whenReady: Promise<void>;
  /** Method and path of the request with which the last connection came to it. */
  lastRequest: RequestHead | undefined;
  /** What it said was wrong before it exited. */
  failure: Error | undefined;
  /** What stopped it, once it has exited without having been ready. */
  startError: Error | undefined;
  /** Whether its exit was asked for. */
  wasDrained = false;
  /** `performance.now()` when it became ready. */
  readyAt: number | undefined;
  readonly #state: Machine<WorkerState>;
  readonly #startedAt = performance.now();
  #lastStatsAt = this.#startedAt;
  #unansweredPingSince: number | undefined;
  #inspected = false;
  #killTimer: NodeJS.Timeout | undefined;
  #settleReady: { resolve(): void; reject(reason: Error): void };

  constructor(boot: WorkerBoot, child: ChildProcess, events: WorkerEvents) {
    this.boot = boot;
    this.child = child;
    const { listen, workerIndex } = boot;
    this.#state = createWorkerState(`worker ${workerIndex}`);
    this.candidate = {
      id: `worker-${workerIndex}`,
      workerIndex,
      host: listen.kind === "tcp" ? listen.host : boot.host,
      port: listen.kind === "tcp" ? listen.port : boot.port,
      pid: child.pid,
      healthy: false,
      ready: false,
      activeProxyConnections: 0,
    };
    const { promise, ...settleReady } = Promise.withResolvers<void>();
    promise.catch(() => {}); // Most callers look at `failure` after the exit instead.
    this.whenReady = promise;
    this.#settleReady = settleReady;
    child.on("message", (value) => this.#receive(value, events));
    child.on("error", (error) => (this.failure ??= error));
    child.once("exit", (code, signal) => this.#exited(code, signal, events));
    // A process that could not be started has no pid, and exits by this event alone.
    if (child.pid === undefined) child.once("error", () => this.#exited(1, null, events));
  }

  get index(): number {
    return this.boot.workerIndex;
  }

  get state(): WorkerState {
    return this.#state.state;
  }

  get vitals(): Vitals {
    return {
      ready: this.state === "ready",
      lastStatsAt: this.#lastStatsAt,
      unansweredPingSince: this.#inspected ? undefined : this.#unansweredPingSince,
    };
  }

  ping(now: number): void {
    this.#unansweredPingSince ??= now;
    sendToWorker(this.child, { type: "rollcage:ping" });
  }

  /** Tells it to finish and exit; one that is not gone by then is killed. */
  drain(reason: DrainReason, timeoutMs: number): void {
    if (this.state === "exited" || this.state === "draining") return;
    const served = this.state === "ready";
    this.wasDrained = true;
    this.#leave();
    if (!served) return this.kill();
    sendToWorker(this.child, { type: "rollcage:drain", reason, timeoutMs });
    const killAfterMs = Math.min(timeoutMs + EXIT_GRACE_MS, MAX_TIMER_MS);
    this.#killTimer = setTimeout(() => this.kill(), killAfterMs);
  }

  /** At once, whatever it does; needs nothing of the worker itself. */
  kill(): void {
    if (this.state === "exited") return;
    if (this.state !== "draining") this.#leave(); // It may take the kernel a while.
    this.child.kill(constants.signals.SIGKILL);
  }

  /** It gets no connections any more, nor pings. */
  #leave(): void {
    this.#state.to("draining");
    this.candidate.ready = false;
  }

  #receive(value: unknown, events: WorkerEvents): void {
    const message = parseWorkerMessage(value);
    if (message === undefined) return;
    switch (message.type) {
      case "rollcage:ready":
        if (this.state !== "starting") return;
        this.#state.to("ready");
        this.readyAt = performance.now();
        this.candidate.ready = true;
        this.candidate.healthy = true;
        if (message.port !== undefined) this.candidate.port = message.port;
        this.#reported(message.stats);
        this.#settleReady.resolve();
        events.onReady(this);
        break;
      case "rollcage:stats":
        this.#reported(message.stats);
        events.onMessage(this, message);
        break;
      case "rollcage:pong":
        this.#unansweredPingSince = undefined;
        this.#inspected = message.inspected;
        break;
      case "rollcage:failed":
        this.failure ??= fromRemoteError(message.error);
        if (this.state !== "starting") return;
        // An application may catch the error and live on, without serving.
        this.#killTimer ??= setTimeout(() => this.kill(), EXIT_GRACE_MS);
        break;
      default:
        events.onMessage(this, message);
    }
  }

  #reported(stats: NonNullable<BackendCandidate["stats"]>): void {
    this.candidate.stats = stats;
    this.candidate.lastHeartbeatAt = Date.now();
    this.#lastStatsAt = performance.now();
  }

  #exited(code: number | null, signal: NodeJS.Signals | null, events: WorkerEvents): void {
    if (this.state === "exited") return;
    clearTimeout(this.#killTimer);
    this.#state.to("exited");
    this.candidate.ready = false;
    this.candidate.healthy = false;
    if (this.readyAt === undefined) {
      const how = signal ?? `code ${code}`;
      this.startError =
        this.failure ?? new Error(`${this.candidate.id} exited with ${how} before it was ready`);
      this.#settleReady.reject(this.startError);
    }
    events.onExit(this, {
      code: code ?? undefined,
      signal: signal ?? undefined,
      livedMs: performance.now() - this.#startedAt,
    });
  }
}
