import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { drawSuite, type Theme } from "./charts.ts";
import { toMarkdown } from "./markdown.ts";
import { inReadingOrder } from "../frame/find-suites.ts";
import type { Report, SuiteReport } from "./report.ts";

const ROOT = new URL("../../", import.meta.url);
const BEGIN = "<!-- results of the benchmarks: written by `npm run bench -- --publish` -->";
const END = "<!-- end of the results -->";
/** In the repository, where the README refers to them. */
export const PUBLISHED: URL = new URL("bench/results/", ROOT);
const THEMES: readonly Theme[] = ["light", "dark"];

/** What was published before, of suites that were not measured this time, stays. */
export function withPublishedSuites(measured: readonly SuiteReport[]): SuiteReport[] {
  const file = new URL("report.json", PUBLISHED);
  if (!existsSync(file)) return [...measured];
  const { suites } = JSON.parse(readFileSync(file, "utf8")) as Report;
  const kept = suites.filter(({ name }) => measured.every((suite) => suite.name !== name));
  return inReadingOrder([...kept, ...measured]);
}

/** Writes `report.json`, `report.md` and two charts a suite into the folder. */
export async function writeResults(report: Report, folder: URL): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL("report.json", folder), `${JSON.stringify(report, shortened, 1)}\n`);
  writeFileSync(new URL("report.md", folder), `${toMarkdown(report, { charts: "." })}\n`);
  for (const suite of report.suites) {
    for (const theme of THEMES) {
      writeFileSync(new URL(`${suite.name}-${theme}.svg`, folder), await drawSuite(suite, theme));
    }
  }
}

/** Six digits are more than any round can tell. */
function shortened(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toPrecision(6)) : value;
}

/** Puts the report between the markers in the README. */
export function publishToReadme(report: Report, charts: string): void {
  const file = new URL("README.md", ROOT);
  const markdown = toMarkdown(report, { charts });
  writeFileSync(file, replaceBetweenMarkers(readFileSync(file, "utf8"), markdown));
  // What is committed passes the same check as all other files.
  execFileSync("oxfmt", ["README.md", "bench/results"], { cwd: ROOT });
}

/** @throws when the text does not have both markers, in order. */
export function replaceBetweenMarkers(text: string, markdown: string): string {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END, begin);
  if (begin === -1 || end === -1) throw new Error(`expected ${BEGIN} and ${END} in the README`);
  return `${text.slice(0, begin + BEGIN.length)}\n\n${markdown}\n\n${text.slice(end)}`;
}
