/** A program to measure. It runs in a process of its own, and says `ready <port>` (see `announce.ts`). */
export interface ServerSpec {
  readonly name: string;
  /** As tables show it. */
  readonly title: string;
  readonly entry: URL;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Set where no code of this project runs: `bench:compare` leaves such servers out. */
  readonly isPeer?: true | undefined;
  /** @default all loads of the suite */
  readonly loads?: readonly string[] | undefined;
}

/** Where a load is sent. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** The process that was started; workers are below it. */
  readonly pid: number;
}

/** How a round is run. */
export interface RoundSettings {
  readonly generator: "autocannon" | "wrk";
  /** Threads of the load generator. */
  readonly threads: number;
  /** Upper limit of the connections a load asks for; the smoke run lowers it. */
  readonly maxConnections: number;
}

/** Numbers by name, each name with its unit: `requestsPerSecond`, `latencyP99Ms`. */
export type Figures = Readonly<Record<string, number>>;

export interface LoadResult {
  /** Requests (or messages, or connections: what the load counts) completed without an error. */
  readonly completed: number;
  readonly seconds: number;
  readonly figures: Figures;
}

/** A load generator that is ready to begin. */
export interface LoadRun {
  /** Of the generator, so that it can be watched for being the bottleneck itself. */
  readonly pid: number | undefined;
  /** Runs the load, to warm up and to measure. Rejects when an answer was wrong, missing or late. */
  go(durationMs: number): Promise<LoadResult>;
  /** More figures, read once the server's CPU time no longer counts. */
  readAfterwards?(): Promise<Figures>;
  /** Ends the generator, also in the middle of a run. */
  stop(): void;
}

/** One kind of traffic. `httpLoad` makes the usual ones. */
export interface Load {
  readonly name: string;
  readonly title: string;
  /** What one unit of `completed` is. */
  readonly unit: string;
  /** Columns of the table for figures that only this load has: the figure's name, and the heading. */
  readonly columns?: Readonly<Record<string, string>> | undefined;
  /** Set where a warm-up round would spoil what is measured. */
  readonly warmsUpItself?: true | undefined;
  /** Asks the server once, and rejects when the answer is wrong. Runs before and after each round. */
  verify(target: Target): Promise<void>;
  prepare(target: Target, settings: RoundSettings): Promise<LoadRun>;
}

export interface Suite {
  readonly name: string;
  readonly title: string;
  /** One paragraph for the reader of the results: what is compared, and why. */
  readonly about: string;
  /** The server that the others are divided by. */
  readonly control: string;
  readonly servers: readonly ServerSpec[];
  readonly loads: readonly Load[];
  /** Instead of the usual durations, when the suite is asked for by name. */
  readonly profile?: { readonly warmUpMs: number; readonly durationMs: number } | undefined;
}

/** Checks what the type cannot say: that names are unique and refer to something. */
export function defineSuite(suite: Suite): Suite {
  const servers = suite.servers.map(({ name }) => name);
  const loads = suite.loads.map(({ name }) => name);
  const asked = [suite.control, ...suite.servers.flatMap((server) => server.loads ?? [])];
  const unknown = asked.filter((name) => !servers.includes(name) && !loads.includes(name));
  if (unknown.length > 0) {
    throw new TypeError(
      `suite ${suite.name}: expected names of its own, got ${unknown.join(", ")}`,
    );
  }
  for (const names of [servers, loads]) {
    if (new Set(names).size !== names.length) {
      throw new TypeError(`suite ${suite.name}: expected unique names, got ${names.join(", ")}`);
    }
  }
  return suite;
}

/** The loads that a server takes part in. */
export function loadsOf(suite: Suite, server: ServerSpec): readonly Load[] {
  return suite.loads.filter(({ name }) => server.loads?.includes(name) ?? true);
}
