/** What is measured: each figure is sampled from one contender at a time, and may yield several numbers at once. */
import type { Contender } from "./contender.ts";

/** One row of the table. */
export interface Measure {
  name: string;
  title: string;
  unit: string;
  /** Decimal places worth printing. */
  digits: number;
}

export abstract class Figure {
  /** For the command line. */
  abstract readonly name: string;
  abstract readonly measures: Measure[];
  /** How often each contender is sampled: in full, and in a hurry. */
  abstract readonly rounds: { full: number; quick: number };

  /** False if the contender cannot do it at all. */
  async possible(_contender: Contender): Promise<boolean> {
    return true;
  }

  /** One number for each measure; null where it cannot be had. */
  abstract sample(contender: Contender, quick: boolean): Promise<(number | null)[]>;
}
