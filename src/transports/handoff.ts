import { EventEmitter, once } from "node:events";
import type { Socket } from "node:net";
import path from "node:path";
import type { ListenTarget } from "../apps/app-adapter.ts";
import type { Inspection } from "../inspection/inspect.ts";
import { createSealingKey } from "../internal/sealed-address.ts";
import type { Syscalls } from "../native/syscalls.ts";
import { Client, type ClientOwner } from "./client.ts";
import { DescriptorListener, type AcceptedSocket } from "./descriptor-listener.ts";
import { HandoffChannel } from "./handoff-channel.ts";
import { HeadInspector } from "./head-inspector.ts";
import { OpenConnections } from "./open-connections.ts";
import { toListenError } from "./public-listener.ts";
import { needsTranslation, Translator } from "./translator.ts";
import type { Transport, TransportContext, TransportWorker, WorkerLink } from "./transport.ts";
import {
  dismiss,
  judge,
  MAX_HEADER_LINES,
  refuseOverLimit,
  withoutWorker,
  type Dismissal,
} from "./verdict.ts";

/** How long a worker that could not take a socket gets no other. */
const REST_MS = 100;

/** How long a stop waits for the rest of heads that have begun: workers drain only after it. */
const LAST_HEADS_MS = 1_000;

/** Most often that the log says there is no room for connections. */
const EXHAUSTION_LOG_INTERVAL_MS = 10_000;

/** The primary looks at the first request, chooses a worker and passes the client's socket itself. */
export class HandoffTransport implements Transport, ClientOwner {
  readonly name = "handoff";
  readonly #context: TransportContext;
  readonly #syscalls: Syscalls;
  readonly #listener: DescriptorListener;
  readonly #inspector: HeadInspector<Client>;
  readonly #channels = new Map<TransportWorker, HandoffChannel<Client>>();
  /** Workers that can take nothing now. Every dispatch looks here, also those that wait. */
  readonly resting: Set<TransportWorker> = new Set();
  /** Those of them that could not take a socket, until they are tried again. */
  readonly #refusals = new Map<TransportWorker, NodeJS.Timeout>();
  /** Clients that the primary itself answers or translates for. */
  readonly #own = new OpenConnections();
  /** Sockets on their way: neither with a worker nor closed. */
  #underWay = 0;
  readonly #translator: Translator;
  readonly #addressKey = createSealingKey();
  readonly #events = new EventEmitter();
  #links = 0;
  #closed = false;
  #lastExhaustionLogAt = -Infinity;

  constructor(context: TransportContext, syscalls: Syscalls) {
    const { config, appKind } = context;
    this.#context = context;
    this.#syscalls = syscalls;
    this.#translator = new Translator(config);
    this.#listener = new DescriptorListener(
      syscalls,
      (accepted) => this.#onAccepted(accepted),
      (errno) => this.#onExhausted(errno),
    );
    this.#inspector = new HeadInspector(
      syscalls,
      { ...config, maxHeaderLines: MAX_HEADER_LINES[appKind], maxWaiting: config.backlog },
      (client, outcome) => {
        const verdict = judge(outcome, context);
        if (verdict.kind === "admit") this.#admit(client, verdict.inspection);
        else this.#dismiss(client, verdict);
      },
    );
  }

  async listen(): Promise<{ host: string; port: number }> {
    const { host, port, backlog } = this.#context.config;
    try {
      return { host, port: await this.#listener.listen({ host, port, backlog }) };
    } catch (error) {
      throw toListenError(error as NodeJS.ErrnoException, host, port);
    }
  }

  /** Workers listen for what the primary has to translate for them. */
  async nextListenTarget(index: number): Promise<ListenTarget> {
    const name = `w${index}-${this.#links}`;
    const listenPath = path.join(this.#context.privateFolder, name);
    return { kind: "unix", path: listenPath, addressKey: this.#addressKey };
  }

  openLink(): WorkerLink {
    this.#links++;
    const pair = this.#syscalls.socketPair();
    if (typeof pair === "number") throw new Error(`Cannot make a socket pair (errno ${-pair})`);
    const [own, theirs] = pair;
    return {
      descriptors: [theirs],
      attach: (worker) => {
        this.#syscalls.close(theirs);
        this.#attach(worker, own);
      },
      abandon: () => {
        this.#syscalls.close(theirs);
        this.#syscalls.close(own);
      },
    };
  }

  async stopAccepting(signal: AbortSignal): Promise<void> {
    await this.#listener.stop();
    this.#inspector.giveUpSilent();
    if (this.#underWay === 0 || this.#closed) return;
    const late = setTimeout(() => this.#inspector.expireAll(), LAST_HEADS_MS);
    await once(this.#events, "settled", { signal }).catch(() => {}); // Too late for the rest.
    clearTimeout(late);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.close();
    this.#inspector.close();
    for (const worker of this.#channels.keys()) this.#detach(worker);
    this.#own.destroyAll();
    this.#events.emit("settled");
  }

  #attach(worker: TransportWorker, descriptor: number): void {
    const channel = new HandoffChannel<Client>(this.#syscalls, descriptor, {
      onAdopted: () => {
        this.#context.config.telemetry.incrementCounter("handoffs");
        this.#leave();
        if (channel.hasRoomAgain && !this.#refusals.has(worker)) this.#awake(worker);
      },
      onNotTaken: (client) => {
        this.#restAfterRefusal(worker);
        this.#context.dispatcher.dispatch(client);
      },
      onBroken: () => {
        // The process has ended, and its exit is about to be reported; else it is of no use any more.
        this.resting.add(worker);
        worker.child.kill("SIGTERM");
      },
    });
    this.#channels.set(worker, channel);
    Object.defineProperty(worker.candidate, "activeProxyConnections", {
      get: () => channel.connections,
      enumerable: true,
    });
    const { child } = worker;
    child.once("exit", () => this.#detach(worker));
    // A process that could not be started ends by this event alone.
    if (child.pid === undefined) child.once("error", () => this.#detach(worker));
  }

  /** The worker has exited: whoever it has not read anything from gets another. */
  #detach(worker: TransportWorker): void {
    const channel = this.#channels.get(worker);
    if (channel === undefined) return;
    this.#channels.delete(worker);
    this.resting.delete(worker);
    clearTimeout(this.#refusals.get(worker));
    this.#refusals.delete(worker);
    const { orphans, lost } = channel.close();
    this.#leave(lost);
    for (const client of orphans) this.#context.dispatcher.dispatch(client);
  }

  #onAccepted(accepted: AcceptedSocket): void {
    const { config } = this.#context;
    const client = new Client(this, accepted, performance.now());
    config.telemetry.incrementCounter("connections");
    this.#underWay++;
    if (config.maxConnections !== false && this.#openConnections() > config.maxConnections) {
      this.#talk(client, (socket) => refuseOverLimit(socket, this.#context));
    } else {
      this.#inspector.inspect(client);
    }
  }

  /** With a worker or on their way to one. */
  #openConnections(): number {
    let open = this.#underWay + this.#own.size;
    // What a channel holds is also under way.
    for (const channel of this.#channels.values()) open += channel.connections - channel.held;
    return open;
  }

  #admit(client: Client, inspection: Inspection): void {
    const { config } = this.#context;
    const preludeMs = performance.now() - client.acceptedAt;
    config.telemetry.recordHistogram("prelude_duration_ms", preludeMs);
    client.inspection = inspection;
    this.#context.dispatcher.dispatch(client);
  }

  /** What the dispatcher chose. */
  give(client: Client, worker: TransportWorker | undefined): void {
    if (worker === undefined || this.#closed) {
      this.#dismiss(client, withoutWorker(client.inspection));
      return;
    }
    const channel = this.#channels.get(worker);
    if (channel === undefined) {
      this.#context.dispatcher.dispatch(client); // It has exited while its balancer thought.
    } else if (needsTranslation(this.#context.appKind, client.inspection)) {
      this.#talk(client, (socket) => this.#translator.serve(socket, worker.boot.listen));
    } else if (channel.isFull) {
      this.resting.add(worker);
      this.#context.dispatcher.dispatch(client);
    } else {
      channel.hand(client);
    }
  }

  #dismiss(client: Client, dismissal: Dismissal): void {
    if (dismissal.kind !== "close") {
      this.#talk(client, (socket) => dismiss(socket, dismissal, this.#context));
      return;
    }
    const { reason } = dismissal;
    this.#context.config.telemetry.incrementCounter("rejected_connections", 1, { reason });
    this.#syscalls.close(client.descriptor);
    this.#leave();
  }

  /** Makes a stream of the client, for what the primary itself says to it. */
  #talk(client: Client, say: (socket: Socket) => void): void {
    const socket = client.toStream();
    this.#own.add(socket);
    this.#own.arrived(socket);
    this.#leave();
    say(socket);
  }

  #restAfterRefusal(worker: TransportWorker): void {
    this.resting.add(worker);
    if (this.#refusals.has(worker)) return;
    const timer = setTimeout(() => {
      this.#refusals.delete(worker);
      this.#awake(worker);
    }, REST_MS);
    this.#refusals.set(worker, timer.unref());
  }

  #awake(worker: TransportWorker): void {
    if (this.resting.delete(worker)) this.#context.dispatcher.flush();
  }

  /** `count` sockets are with a worker now, or closed. */
  #leave(count = 1): void {
    this.#underWay -= count;
    if (this.#underWay === 0) this.#events.emit("settled");
  }

  #onExhausted(errno: number): void {
    const now = performance.now();
    if (now - this.#lastExhaustionLogAt < EXHAUSTION_LOG_INTERVAL_MS) return;
    this.#lastExhaustionLogAt = now;
    this.#context.config.logger.warn(
      `rollcage: no room for new connections, which wait in the kernel (errno ${errno}); raise the ` +
        "limit of open files",
    );
  }
}
