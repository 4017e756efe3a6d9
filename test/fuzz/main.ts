/**
 * npm run fuzz -- [TARGET ...] [--minutes N] [--seed N] [--keep]
 *
 * Fuzzes the named targets, or all, for N minutes each (1 by default). What was found worth keeping is in
 * build/fuzz/TARGET.txt, and is gone on with the next time; `--keep` makes a small choice of it the seed corpus.
 * A finding is printed in base64 and ends the program with 1: put it into test/fuzz/corpus/TARGET.txt with the mend.
 */
import { parseArgs } from "node:util";
import { found, readInputs, seeds, writeInputs } from "./corpus.ts";
import { Fuzzer, targets } from "./load.ts";
import { specimens } from "./specimens.ts";

/** Bytes of a seed corpus: the sources should not drown in it. */
const MOST_KEPT = 6144;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
    keep: { type: "boolean", default: false },
  },
});

/** The shortest that fit. */
function choice(inputs: Buffer[]): Buffer[] {
  let left = MOST_KEPT;
  return inputs.filter((input) => {
    left -= input.length;
    return left >= 0;
  });
}

for (const name of positionals) {
  if (!targets.some((target) => target.name === name)) throw new Error(`no target is called ${name}`);
}
for (const target of targets) {
  if (positionals.length > 0 && !positionals.includes(target.name)) continue;
  const fuzzer = new Fuzzer(target, Number(values.seed));
  const begun = performance.now();
  let finding = null;
  const beginning = [
    ...(specimens[target.name] ?? []),
    ...readInputs(seeds(target.name)),
    ...readInputs(found(target.name)),
  ];
  for (const input of beginning) finding ??= fuzzer.try(input);
  finding ??= fuzzer.search(begun + Number(values.minutes) * 60_000);
  const seconds = (performance.now() - begun) / 1000;
  const distilled = fuzzer.distill();
  writeInputs(found(target.name), distilled);
  if (values.keep) writeInputs(seeds(target.name), choice(distilled));
  const { features } = fuzzer.coverage;
  const rate = Math.round(fuzzer.runs / seconds);
  console.log(`${target.name}: ${fuzzer.runs} runs, ${rate}/s, ${features} features, ${distilled.length} inputs`);
  for (const { file, seen, points } of fuzzer.coverage.files()) console.log(`  ${file}: ${seen} of ${points}`);
  if (finding === null) continue;
  const { input, what } = fuzzer.shrink(finding);
  console.log(`FINDING: ${what}\n${input.toString("base64")}`);
  process.exitCode = 1;
}
