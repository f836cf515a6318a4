import { connect, type Socket } from "node:net";

/** What became of the requests of a load. */
export interface LoadReport {
  answered: number;
  /** Answers by their body: which worker, which code. */
  readonly bodies: Map<string, number>;
  /**
   * Requests that crossed the close of an idle connection: sent on a kept-alive connection, closed by the
   * server without a byte of answer. Clients send such a request again (RFC 9112, 9.3.1).
   */
  retried: number;
  readonly failures: string[];
  readonly latenciesMs: number[];
}

export interface LoadOptions {
  readonly port: number;
  readonly connections: number;
  /** Requests on one connection before the client closes it and opens another. Default: no limit. */
  readonly requestsPerConnection?: number;
  readonly request?: string | Buffer;
}

/** Load that goes on until it is told to stop, on its own connections, one request at a time on each. */
export interface Load {
  readonly report: LoadReport;
  /** Resolves once so many requests are answered. */
  answered(count: number): Promise<void>;
  /** Lets the requests in flight end. */
  stop(): Promise<LoadReport>;
}

const PLAIN = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

export function startLoad(options: LoadOptions): Load {
  const report: LoadReport = {
    answered: 0,
    bodies: new Map(),
    retried: 0,
    failures: [],
    latenciesMs: [],
  };
  const state = { stopped: false, waiting: new Set<() => void>() };
  const clients = Array.from({ length: options.connections }, () =>
    runClient(options, report, state),
  );
  return {
    report,
    answered: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (report.answered < count) return;
          state.waiting.delete(look);
          resolve();
        };
        state.waiting.add(look);
        look();
      }),
    async stop() {
      state.stopped = true;
      await Promise.all(clients);
      return report;
    },
  };
}

async function runClient(
  { port, request = PLAIN, requestsPerConnection = Infinity }: LoadOptions,
  report: LoadReport,
  state: { readonly stopped: boolean; readonly waiting: ReadonlySet<() => void> },
): Promise<void> {
  while (!state.stopped) {
    const connection = new Connection(port);
    let used = 0;
    let isOpen = true;
    while (isOpen && used < requestsPerConnection && !state.stopped) {
      const startedAt = performance.now();
      const outcome = await connection.ask(request);
      used++;
      isOpen = outcome.kind === "answer" && !outcome.closes;
      record(report, outcome, { used, latencyMs: performance.now() - startedAt });
      for (const look of state.waiting) look();
    }
    connection.close();
  }
}

function record(
  report: LoadReport,
  outcome: Outcome,
  { used, latencyMs }: { used: number; latencyMs: number },
): void {
  if (outcome.kind === "answer") {
    report.answered++;
    report.latenciesMs.push(latencyMs);
    report.bodies.set(outcome.body, (report.bodies.get(outcome.body) ?? 0) + 1);
    if (outcome.status !== 200) report.failures.push(`status ${outcome.status}`);
  } else if (used > 1 && outcome.received === 0) {
    report.retried++;
  } else {
    report.failures.push(`${outcome.reason} on request ${used}`);
  }
}

type Outcome =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly body: string;
      readonly closes: boolean;
    }
  | { readonly kind: "lost"; readonly reason: string; readonly received: number };

/** One connection of a client that keeps it alive. Answers must have a `Content-Length`. */
class Connection {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #settle: ((outcome: Outcome) => void) | undefined;
  #lost: string | undefined;

  constructor(port: number) {
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#socket.on("data", (chunk) => {
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
      const answer = parseAnswer(this.#received);
      if (answer === undefined) return;
      this.#received = Buffer.alloc(0);
      this.#finish(answer);
    });
    this.#socket.on("error", (error: NodeJS.ErrnoException) => this.#lose(error.code ?? "error"));
    this.#socket.on("close", () => this.#lose("closed"));
  }

  ask(request: string | Buffer): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#settle = resolve;
      if (this.#lost === undefined) this.#socket.write(request);
      else this.#lose(this.#lost);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #lose(reason: string): void {
    this.#lost ??= reason;
    this.#finish({ kind: "lost", reason: this.#lost, received: this.#received.length });
  }

  #finish(outcome: Outcome): void {
    this.#settle?.(outcome);
    this.#settle = undefined;
  }
}

function parseAnswer(bytes: Buffer): Outcome | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const head = bytes.toString("latin1", 0, headEnd);
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  if (bytes.length < headEnd + 4 + length) return undefined;
  return {
    kind: "answer",
    status: Number(head.slice(9, 12)),
    body: bytes.toString("latin1", headEnd + 4, headEnd + 4 + length),
    closes: /\r\nconnection: *close/i.test(head),
  };
}
