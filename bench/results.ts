/** What was measured, by figure and contender. */
import type { Contender } from "./contender.ts";
import type { Measure } from "./figure.ts";
import { summary, type Summary } from "./statistics.ts";

export class Results {
  private readonly values = new Map<string, number[]>();

  add(measure: Measure, contender: Contender, value: number): void {
    const key = this.key(measure.name, contender.name);
    const known = this.values.get(key);
    if (known) known.push(value);
    else this.values.set(key, [value]);
  }

  /** Null if it was not measured, or could not be. */
  of(measure: string, contender: string): Summary | null {
    const values = this.values.get(this.key(measure, contender));
    return values ? summary(values) : null;
  }

  /** The first one's median as a multiple of the second one's. */
  ratio(measure: string, contender: string, peer: string): number | null {
    const mine = this.of(measure, contender);
    const theirs = this.of(measure, peer);
    return mine && theirs ? mine.median / theirs.median : null;
  }

  private key(measure: string, contender: string): string {
    return `${measure} of ${contender}`;
  }
}
