/** Of the rounds of one row. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @throws {RangeError} without values. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) throw new RangeError("expected at least one value");
  const upper = sorted[sorted.length >> 1]!;
  const lower = sorted[(sorted.length - 1) >> 1]!;
  return { median: (lower + upper) / 2, min, max };
}

/**
 * Quotients of the two series, round by round: what slowed both down in one round cancels out.
 *
 * @returns `undefined` when they have no round in common.
 */
export function pairedRatio(
  values: readonly number[],
  control: readonly number[],
): Spread | undefined {
  const ratios = values
    .slice(0, control.length)
    .map((value, round) => value / control[round]!)
    .filter(Number.isFinite);
  return ratios.length === 0 ? undefined : spreadOf(ratios);
}
