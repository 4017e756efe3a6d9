/** Loads src/core with counters in it (instrument.ts), and remembers which of them were ever seen at which count. */
import { readFileSync } from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { join } from "node:path";
import { root } from "../../src/native/build.ts";
import { COUNTERS, instrument } from "./instrument.ts";

/** More than src/core has. */
const MOST_POINTS = 1 << 16;

/** Counts as they are told apart, one bit each: 1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, and more. */
const BUCKETS = Uint8Array.from({ length: 256 }, (_, count) => {
  const limits = [1, 2, 3, 7, 15, 31, 127, 255];
  return count === 0 ? 0 : 1 << limits.findIndex((limit) => count <= limit);
});

const core = pathToFileURL(join(root, "src/core/")).href;
const counters = new Uint32Array(MOST_POINTS);
let points = 0;
/** The file of each stretch of points, and the literals of all. */
const stretches: { file: string; first: number; end: number }[] = [];
export const literals = new Set<string>();

Object.assign(globalThis, { [COUNTERS]: counters });

registerHooks({
  load(url, context, nextLoad) {
    if (!url.startsWith(core)) return nextLoad(url, context);
    const file = fileURLToPath(url);
    const result = instrument(stripTypeScriptTypes(readFileSync(file, "utf8")), points);
    stretches.push({ file, first: points, end: points + result.points });
    points += result.points;
    if (points > MOST_POINTS) throw new Error("more points than counters");
    for (const literal of result.literals) literals.add(literal);
    return { format: "module", source: result.source, shortCircuit: true };
  },
});

export class Coverage {
  private readonly seen = new Uint8Array(MOST_POINTS);
  /** How many different pairs of point and bucket were seen. */
  features = 0;

  /** To be called before what is to be counted. */
  begin(): void {
    counters.fill(0, 0, points);
  }

  /** Pairs of point and bucket since `begin` that were never seen before. */
  end(): number {
    let found = 0;
    for (let i = 0; i < points; i++) {
      const count = counters[i]!;
      if (count === 0) continue;
      const bucket = BUCKETS[count > 255 ? 255 : count]!;
      if ((this.seen[i]! & bucket) !== 0) continue;
      this.seen[i]! |= bucket;
      found++;
    }
    this.features += found;
    return found;
  }

  /** For each file of src/core of which something was seen: points seen, and all. */
  files(): { file: string; seen: number; points: number }[] {
    return stretches
      .map(({ file, first, end }) => ({
        file: file.slice(join(root, "src/core/").length),
        seen: this.seen.subarray(first, end).reduce((sum, bits) => sum + (bits === 0 ? 0 : 1), 0),
        points: end - first,
      }))
      .filter(({ seen }) => seen > 0);
  }
}
