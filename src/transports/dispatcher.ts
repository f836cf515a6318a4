import { Socket } from "node:net";
import {
  looksAtRequest,
  type BackendCandidate,
  type LoadBalancerContext,
} from "../balancers/balancer.ts";
import type { ResolvedServerConfig } from "../config/options.ts";
import type { Inspection } from "../inspection/inspect.ts";
import { toParsedRequest, type ParsedRequest, type Peer } from "../inspection/parsed-request.ts";
import { isThenable } from "../internal/is-thenable.ts";
import { createLineLimit } from "../internal/line-limit.ts";
import type { TransportWorker } from "./transport.ts";

/** A balancer that has not answered by then is passed over. */
const BALANCER_TIMEOUT_MS = 1_000;

/** A connection that needs a worker. */
export interface Dispatch {
  /** What its first bytes are. */
  readonly inspection: Inspection;
  readonly peer: Peer;
  /** For balancers that ask the connection itself. */
  readonly socket: Socket;
  /** Workers that it could not be given to. */
  readonly tried: ReadonlySet<TransportWorker>;
  /** How long it has waited for a worker so far, all its waits together: 0 at first, kept by the dispatcher. */
  waitedMs: number;
  /** `undefined`: there is none, and `backendWaitMs` is over. */
  onWorker(worker: TransportWorker | undefined): void;
}

/** What balancers that go by load only are given. */
const noRequest: ParsedRequest = { protocol: "unknown", headers: {}, rawHead: "" };
const noSocket = new Socket();

interface Waiting {
  readonly dispatch: Dispatch;
  /** `performance.now()` */
  readonly since: number;
  readonly timer: NodeJS.Timeout;
}

/** Finds the worker of each connection: asks the balancer, survives it, and waits where there is none. */
export class Dispatcher {
  readonly #config: ResolvedServerConfig;
  readonly #available: () => readonly TransportWorker[];
  readonly #waiting = new Set<Waiting>();
  readonly #looksAtRequest: boolean;
  readonly #takeLine = createLineLimit();
  #dispatched = 0;
  #closed = false;

  constructor(config: ResolvedServerConfig, available: () => readonly TransportWorker[]) {
    this.#config = config;
    this.#available = available;
    this.#looksAtRequest = looksAtRequest(config.loadBalancer);
  }

  /** Calls `onWorker` at once where the balancer answers at once: no promise on the usual path. */
  dispatch(dispatch: Dispatch): void {
    let workers = this.#available();
    if (dispatch.tried.size > 0) workers = workers.filter((worker) => !dispatch.tried.has(worker));
    if (workers.length === 0) return this.#wait(dispatch);

    const candidates = workers.map(({ candidate }) => candidate);
    const turn = this.#dispatched++;
    const context = this.#createContext(candidates, dispatch, turn);
    const toWorker = (choice: unknown, problem?: unknown): TransportWorker => {
      // Not by its place among the candidates: a balancer may have sorted them.
      const chosen = workers.find(({ candidate }) => candidate === choice);
      if (chosen === undefined) this.#report(problem ?? choice);
      return chosen ?? workers[turn % workers.length]!;
    };
    const giveLate = (choice: unknown, problem?: unknown): void => {
      const worker = toWorker(choice, problem);
      // It may have left while the balancer thought.
      if (this.#available().includes(worker)) give(dispatch, worker);
      else this.dispatch(dispatch);
    };
    let choice: unknown;
    try {
      choice = this.#config.loadBalancer(context);
      if (isThenable(choice)) return waitFor(choice, giveLate);
    } catch (error) {
      return give(dispatch, toWorker(undefined, error));
    }
    give(dispatch, toWorker(choice));
  }

  #createContext(
    candidates: readonly BackendCandidate[],
    dispatch: Dispatch,
    previousIndex: number,
  ): LoadBalancerContext {
    if (!this.#looksAtRequest) {
      return { candidates, request: noRequest, socket: noSocket, previousIndex };
    }
    return {
      candidates,
      request: toParsedRequest(dispatch.inspection, dispatch.peer),
      // Made when first asked for: the hand-off has no such object.
      get socket() {
        return dispatch.socket;
      },
      previousIndex,
    };
  }

  /** A worker has become ready: those that wait get one. */
  flush(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    const now = performance.now();
    for (const { dispatch, since, timer } of waiting) {
      clearTimeout(timer);
      dispatch.waitedMs += now - since;
      this.dispatch(dispatch);
    }
  }

  /** From here on there are no workers: those that wait are told so. */
  close(): void {
    this.#closed = true;
    for (const { dispatch, timer } of this.#waiting) {
      clearTimeout(timer);
      dispatch.onWorker(undefined);
    }
    this.#waiting.clear();
  }

  #wait(dispatch: Dispatch): void {
    const { backlog, backendWaitMs } = this.#config;
    const leftMs = backendWaitMs - dispatch.waitedMs;
    // As many as the kernel would have queued.
    if (this.#closed || this.#waiting.size >= backlog || leftMs <= 0)
      return dispatch.onWorker(undefined);
    const waiting: Waiting = {
      dispatch,
      since: performance.now(),
      timer: setTimeout(() => {
        this.#waiting.delete(waiting);
        dispatch.onWorker(undefined);
      }, leftMs),
    };
    this.#waiting.add(waiting);
  }

  /** A choice that is none: the connection goes by round robin. */
  #report(got: unknown): void {
    const { telemetry, logger } = this.#config;
    telemetry.incrementCounter("balancer_errors");
    const leftOut = this.#takeLine();
    if (leftOut === undefined) return;
    if (leftOut > 0) logger.warn(`rollcage: ${leftOut} more errors of the balancer`);
    logger.warn("rollcage: expected one of the candidates from the balancer, got", got);
  }
}

function give(dispatch: Dispatch, worker: TransportWorker): void {
  const { inspection } = dispatch;
  if (inspection.kind === "http1") worker.lastRequest = inspection.head;
  dispatch.onWorker(worker);
}

function waitFor(
  choice: PromiseLike<unknown>,
  settle: (choice: unknown, problem?: unknown) => void,
): void {
  let settled = false;
  const once = (value: unknown, problem?: unknown) => {
    if (settled) return;
    settled = true;
    clearTimeout(timer);
    settle(value, problem);
  };
  const timer = setTimeout(
    () => once(undefined, new Error(`no answer within ${BALANCER_TIMEOUT_MS} ms`)),
    BALANCER_TIMEOUT_MS,
  );
  // A foreign thenable may throw, or not keep to the rules of promises.
  Promise.resolve(choice).then(
    (value) => once(value),
    (error: unknown) => once(undefined, error),
  );
}
