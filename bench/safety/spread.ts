/** `median [least - most]` of some measurements. */
export function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const [least = median] = sorted;
  const most = sorted.at(-1) ?? median;
  return `${median.toFixed(3)} [${least.toFixed(3)} - ${most.toFixed(3)}]`;
}
