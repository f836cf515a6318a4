/** Figures of a run that a reader of its log wants to see, whatever the assertions say. */
export function logFigures(line: string): void {
  process.stdout.write(`${line}\n`);
}
