import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { drawSuite, type Theme } from "./charts.ts";
import { toMarkdown } from "./markdown.ts";
import type { Report } from "./report.ts";

const ROOT = new URL("../../", import.meta.url);
const BEGIN = "<!-- results of the benchmarks: written by `npm run bench -- --publish` -->";
const END = "<!-- end of the results -->";
const THEMES: readonly Theme[] = ["light", "dark"];

/** Writes `report.json`, `report.md` and two charts a suite into the folder. */
export async function writeResults(report: Report, folder: URL): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL("report.json", folder), `${JSON.stringify(report, undefined, 2)}\n`);
  writeFileSync(new URL("report.md", folder), `${toMarkdown(report, { charts: "." })}\n`);
  for (const suite of report.suites) {
    for (const theme of THEMES) {
      writeFileSync(new URL(`${suite.name}-${theme}.svg`, folder), await drawSuite(suite, theme));
    }
  }
}

/** Puts the report between the markers in the README. */
export function publishToReadme(report: Report, charts: string): void {
  const file = new URL("README.md", ROOT);
  const markdown = toMarkdown(report, { charts });
  writeFileSync(file, replaceBetweenMarkers(readFileSync(file, "utf8"), markdown));
}

/** @throws when the text does not have both markers, in order. */
export function replaceBetweenMarkers(text: string, markdown: string): string {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END, begin);
  if (begin === -1 || end === -1) throw new Error(`expected ${BEGIN} and ${END} in the README`);
  return `${text.slice(0, begin + BEGIN.length)}\n\n${markdown}\n\n${text.slice(end)}`;
}
