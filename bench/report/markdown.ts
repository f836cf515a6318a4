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
    aboutTheMachine(report),
    goalTable(report.goals),
    ...report.suites.flatMap((suite) => suiteSection(suite, charts)),
  ].join("\n\n");
}

function aboutTheMachine({ suites }: Report): string {
  const newest = suites.toSorted((a, b) => a.machine.startedAt.localeCompare(b.machine.startedAt));
  const machine = newest.at(-1)?.machine;
  if (machine === undefined) return "Nothing was measured.";
  const { cpu, cores, kernel, node, engine, autocannon } = machine;
  const wrk = machine.wrk === undefined ? "" : `, wrk ${machine.wrk}`;
  return (
    `Measured on ${cores} × ${cpu}, shared by servers and load generator, ${kernel}, Node ${node}, ${engine}, ` +
    `autocannon ${autocannon}${wrk}. Median of the rounds, with the lowest and the highest; \`npm run bench\` measures ` +
    "it again where you are."
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

function settingsOf({ settings, machine, loads }: SuiteReport): string {
  const { rounds, durationMs, warmUpMs, generator } = settings;
  const { startedAt, commit, isModified, loadBefore } = machine;
  const others = loads.flatMap(({ rows }) => rows.map(({ figures }) => figures["otherCores"]));
  const busiest = Math.max(0, ...others.map((spread) => spread?.median ?? 0));
  return [
    `${rounds} rounds of ${durationMs / 1_000} s after ${warmUpMs / 1_000} s of warm-up, ${generator}`,
    `${startedAt.slice(0, 10)}, commit ${commit}${isModified ? " with changes" : ""}`,
    `load average before ${formatNumber(loadBefore)}, other programs on up to ${formatNumber(busiest)} cores`,
  ].join("; ");
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
