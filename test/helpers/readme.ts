import { readFileSync } from "node:fs";

/** The cells of a table in the README, row by row: the first table whose header begins with these names. */
export function readmeTable(...header: readonly string[]): readonly (readonly string[])[] {
  const text = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const lines = text.split("\n");
  const start = lines.findIndex(
    (line) => cells(line).slice(0, header.length).join() === header.join(),
  );
  if (start < 0) throw new Error(`no table in the README begins with ${header.join(", ")}`);
  const end = lines.findIndex((line, index) => index > start && !line.startsWith("|"));
  return lines.slice(start + 2, end < 0 ? undefined : end).map(cells);
}

/** What a cell has in backticks. */
export function codeIn(cell: string | undefined): readonly string[] {
  return Array.from((cell ?? "").matchAll(/`([^`]+)`/g), ([, code]) => code!);
}

function cells(line: string): readonly string[] {
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}
