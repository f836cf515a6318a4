import type { Spread } from "../frame/statistics.ts";

/** Three significant digits, thousands apart: `1.03`, `24.6`, `84 300`. */
export function formatNumber(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return rounded.toLocaleString("en", { maximumFractionDigits: 6 }).replaceAll(",", " ");
}

/** The median, and the range where the rounds differ. */
export function formatSpread({ median, min, max }: Spread): string {
  const range = min === max ? "" : ` (${formatNumber(min)} – ${formatNumber(max)})`;
  return formatNumber(median) + range;
}
