import { measureRound, type RoundTimes } from "./measure-round.ts";
import { ServerUnavailable, startServerProcess } from "./server-process.ts";
import { type Figures, loadsOf, type RoundSettings, type ServerSpec, type Suite } from "./suite.ts";

export interface RunSettings extends RoundSettings, RoundTimes {
  readonly rounds: number;
}

/** What was measured of one server under one load, or why it was not. */
export interface Row {
  readonly server: string;
  readonly load: string;
  /** One entry a round. */
  readonly rounds: Figures[];
  /** Why there are no figures worth reading. */
  problem?: string;
  /** The server itself said that it cannot run here: no fault. */
  isUnavailable?: boolean;
}

/**
 * Measures one server at a time, in the order A B B A A B: what changes slowly on the machine then weighs
 * on all of them alike. Each round starts the server anew, so that one lucky process does not decide.
 */
export async function runSuite(
  suite: Suite,
  settings: RunSettings,
  log: (line: string) => void,
): Promise<Row[]> {
  const rows = suite.loads.flatMap((load) =>
    suite.servers
      .filter((server) => loadsOf(suite, server).includes(load))
      .map((server): Row => ({ server: server.name, load: load.name, rounds: [] })),
  );
  for (let round = 0; round < settings.rounds; round += 1) {
    const order = round % 2 === 0 ? suite.servers : suite.servers.toReversed();
    for (const server of order) {
      const own = rows.filter((row) => row.server === server.name && row.problem === undefined);
      if (own.length > 0) await measureServer(suite, server, own, { settings, log });
    }
  }
  return rows;
}

async function measureServer(
  suite: Suite,
  spec: ServerSpec,
  rows: readonly Row[],
  { settings, log }: { settings: RunSettings; log: (line: string) => void },
): Promise<void> {
  const fail = (row: Row, problem: unknown): void => {
    row.problem = problem instanceof Error ? problem.message : String(problem);
    log(`${suite.name} ${row.load} ${row.server}: ${row.problem}`);
  };
  let server;
  try {
    server = await startServerProcess(spec);
  } catch (error) {
    for (const row of rows) {
      row.isUnavailable = error instanceof ServerUnavailable;
      fail(row, error);
    }
    return;
  }
  try {
    for (const row of rows) {
      const load = suite.loads.find(({ name }) => name === row.load)!;
      try {
        const figures = await measureRound(load, server, settings);
        row.rounds.push(figures);
        log(`${suite.name} ${row.load} ${row.server}: ${summary(figures)}`);
      } catch (error) {
        fail(row, error);
      }
    }
  } finally {
    await server.stop();
  }
}

function summary({ requestsPerSecond = 0, cpuMicros, otherCores }: Figures): string {
  const cpu = cpuMicros === undefined ? "" : `, CPU ${cpuMicros.toFixed(1)} µs`;
  const others = otherCores === undefined ? "" : `, others used ${otherCores.toFixed(1)} cores`;
  return `${Math.round(requestsPerSecond)}/s${cpu}${others}`;
}
