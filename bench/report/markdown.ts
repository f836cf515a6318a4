import type { Spread } from "../frame/statistics.ts";
import { formatNumber, formatSpread } from "./format-number.ts";
import { table } from "./markdown-table.ts";
import { scalingModel } from "./scaling-model.ts";
import type { GoalResult, LoadReport, Report, RowReport, SuiteReport } from "./report.ts";

export interface MarkdownOptions {
  /** Where the charts lie, as the reader of the Markdown reaches them. */
  readonly charts: string;
}

/** The whole report, for the README. */
export function toMarkdown(report: Report, { charts }: MarkdownOptions): string {
  return [
    aboutTheRun(report),
    goalTable(report.goals),
    ...report.suites.flatMap((suite) => suiteSection(suite, charts)),
  ].join("\n\n");
}

function aboutTheRun({ machine }: Report): string {
  const { cpu, cores, kernel, node, engine, commit, startedAt, loadBefore } = machine;
  const state = machine.isModified ? ", with changes" : "";
  const wrk = machine.wrk === undefined ? "" : `, wrk ${machine.wrk}`;
  return (
    `Measured ${startedAt.slice(0, 10)} at commit \`${commit}\`${state}: ${cores} × ${cpu}, shared by servers and load ` +
    `generator, ${kernel}, Node ${node}, ${engine}, autocannon ${machine.autocannon}${wrk}; load average before ` +
    `the run ${formatNumber(loadBefore)}. ` +
    "Median of the rounds, with the lowest and the highest; `npm run bench` measures it again where you are."
  );
}

function goalTable(goals: readonly GoalResult[]): string {
  const rows = goals.map(({ title, goal, unit, reached, isMet }) => [
    title,
    goal,
    reached ? `${formatSpread(reached)} ${unit}`.trim() : "not measured",
    isMet === undefined ? "" : isMet ? "met" : "**missed**",
  ]);
  return table(["goal", "wanted", "reached", ""], rows);
}

function suiteSection(suite: SuiteReport, charts: string): string[] {
  const picture = [
    "<picture>",
    `  <source media="(prefers-color-scheme: dark)" srcset="${charts}/${suite.name}-dark.svg">`,
    `  <img alt="${suite.title}: figures as in the tables below" src="${charts}/${suite.name}-light.svg">`,
    "</picture>",
  ].join("\n");
  const tables = suite.loads.map((load) => `**${load.title}**\n\n${loadTable(suite, load)}`);
  return [
    `### ${suite.title}`,
    suite.about,
    picture,
    `<details>\n<summary>Figures: ${settingsOf(suite)}</summary>`,
    ...tables,
    "</details>",
    ...(suite.name === "scaling" ? [scalingModel(suite)] : []),
  ];
}

function settingsOf({ settings }: SuiteReport): string {
  const { rounds, durationMs, warmUpMs, generator } = settings;
  return `${rounds} rounds of ${durationMs / 1_000} s after ${warmUpMs / 1_000} s of warm-up, ${generator}`;
}

type Column = readonly [heading: string, cell: (row: RowReport) => string];

const figure = (name: string, scale = 1) => {
  return ({ figures }: RowReport): string => spreadCell(figures[name], scale);
};

const usual: readonly Column[] = [
  ["÷ control", ({ speedRatio }) => spreadCell(speedRatio)],
  ["p50 ms", figure("latencyP50Ms")],
  ["p99 ms", figure("latencyP99Ms")],
  ["MB/s", figure("bytesPerSecond", 1e-6)],
  ["CPU µs, primary", figure("cpuPrimaryMicros")],
  ["CPU µs, workers", figure("cpuWorkersMicros")],
  ["CPU ÷ control", ({ cpuRatio }) => spreadCell(cpuRatio)],
];

function loadTable(suite: SuiteReport, load: LoadReport): string {
  const columns: readonly Column[] = [
    [
      "",
      ({ server, serverTitle }) => serverTitle + (server === suite.control ? " *(control)*" : ""),
    ],
    [`${load.unit}s/s`, figure("requestsPerSecond")],
    ...usual,
    ...Object.entries(load.columns).map(([name, heading]): Column => [heading, figure(name)]),
    ["note", noteOf],
  ];
  const used = columns.filter(([, cell], index) => index < 2 || load.rows.some((row) => cell(row)));
  return table(
    used.map(([heading]) => heading),
    load.rows.map((row) => used.map(([, cell]) => cell(row))),
  );
}

function noteOf({ problem, isGeneratorBound }: RowReport): string {
  if (problem !== undefined) return problem.replaceAll(/\s+/g, " ");
  return isGeneratorBound ? "the load generator was the limit" : "";
}

function spreadCell(spread: Spread | undefined, scale = 1): string {
  if (spread === undefined) return "";
  const [median, min, max] = [spread.median * scale, spread.min * scale, spread.max * scale];
  return formatSpread({ median, min, max });
}
