/** What is said of repeated measurements. The machine may be shared: the middle one counts, the extremes are shown. */

export interface Summary {
  median: number;
  least: number;
  most: number;
}

/** `values` must not be empty. */
export function summary(values: number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
  return { median, least: sorted[0]!, most: sorted.at(-1)! };
}
