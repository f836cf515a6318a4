import type { Row, RunSettings } from "../frame/run-suite.ts";
import { pairedRatio, spreadOf, type Spread } from "../frame/statistics.ts";
import type { Suite } from "../frame/suite.ts";
import type { MachineInfo } from "./machine.ts";

export interface RowReport extends Row {
  readonly serverTitle: string;
  /** Each figure over the rounds. */
  readonly figures: Readonly<Record<string, Spread>>;
  /** Requests per second, and CPU time per request, divided by the control's, round by round. */
  readonly speedRatio?: Spread | undefined;
  readonly cpuRatio?: Spread | undefined;
  /** The generator could not ask for more, while the server still could have answered. */
  readonly isGeneratorBound: boolean;
}

export interface LoadReport {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly columns: Readonly<Record<string, string>>;
  readonly rows: readonly RowReport[];
}

export interface SuiteReport {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly control: string;
  readonly settings: RunSettings;
  readonly machine: MachineInfo;
  readonly loads: readonly LoadReport[];
}

/** A promise of the project, and what was reached. */
export interface GoalResult {
  readonly title: string;
  readonly goal: string;
  readonly unit: string;
  /** Missing where nothing was measured. */
  readonly reached?: Spread | undefined;
  readonly isMet?: boolean | undefined;
}

export interface Report {
  readonly schema: 1;
  readonly suites: readonly SuiteReport[];
  readonly goals: readonly GoalResult[];
}

/** Shares of the time, 0-1. */
const GENERATOR_FULL = 0.95;
const SERVER_FULL = 0.9;

export function reportSuite(
  suite: Suite,
  settings: RunSettings,
  machine: MachineInfo,
  rows: readonly Row[],
): SuiteReport {
  const { name, title, about, control } = suite;
  const loads = suite.loads.map((load): LoadReport => {
    const ofLoad = rows.filter((row) => row.load === load.name);
    const controlRow = ofLoad.find((row) => row.server === control);
    return {
      name: load.name,
      title: load.title,
      unit: load.unit,
      columns: load.columns ?? {},
      rows: ofLoad.map((row) => reportRow(row, controlRow, titleOf(suite, row.server))),
    };
  });
  return { name, title, about, control, settings, machine, loads };
}

function titleOf(suite: Suite, server: string): string {
  return suite.servers.find(({ name }) => name === server)?.title ?? server;
}

function reportRow(row: Row, control: Row | undefined, serverTitle: string): RowReport {
  const names = [...new Set(row.rounds.flatMap((round) => Object.keys(round)))];
  const figures = Object.fromEntries(names.map((name) => [name, spreadOf(series(row, name))]));
  const ratio = (name: string): Spread | undefined =>
    control && control !== row ? pairedRatio(series(row, name), series(control, name)) : undefined;
  return {
    ...row,
    serverTitle,
    figures,
    speedRatio: ratio("requestsPerSecond"),
    cpuRatio: ratio("cpuMicros"),
    isGeneratorBound:
      (figures["generatorBusy"]?.median ?? 0) >= GENERATOR_FULL &&
      (figures["serverBusy"]?.median ?? 1) < SERVER_FULL,
  };
}

function series({ rounds }: Row, name: string): number[] {
  return rounds.flatMap((round) => round[name] ?? []);
}
