/**
 * Compares our server with those of Debian that are installed: tinysshd, sshd, dropbear.
 *
 *   npm run bench -- [--quick] [--only SERVER,...] [--figure NAME,...] [--no-write]
 *
 * All are measured in one run, on the same machine, with the same OpenSSH client, and take turns: what disturbs one
 * disturbs the others as well, so that ratios hold where the numbers themselves do not. `chrt --rr 1 npm run bench`, as
 * root, keeps the machine's other work out altogether. Prints the tables, and writes them to RESULTS.md beside this file
 * if every figure of every server was measured.
 */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { executable } from "../test/support/launchers.ts";
import { contenders, type Contender } from "./contender.ts";
import type { Figure } from "./figure.ts";
import { figures } from "./figures/all.ts";
import { report } from "./report.ts";
import { Results } from "./results.ts";
import { surroundings } from "./surroundings.ts";

const RESULTS = join(import.meta.dirname, "RESULTS.md");

/** A run that somebody ends still has to clean up. */
let interrupted = false;
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => (interrupted = true));

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    figure: { type: "string" },
    "no-write": { type: "boolean", default: false },
  },
});

/** Those of `all` that a list on the command line names; all of them if there is no list. */
function chosen<T extends { name: string }>(all: T[], list: string | undefined): T[] {
  if (list === undefined) return all;
  return list.split(",").map((name) => {
    const found = all.find((one) => one.name === name);
    if (!found) throw new Error(`${name} is none of ${all.map((one) => one.name).join(", ")}`);
    return found;
  });
}

/** Samples all contenders in turn, round by round, after a round that does not count. */
async function measure(figure: Figure, starters: Contender[], results: Results): Promise<void> {
  const rounds = options.quick ? figure.rounds.quick : figure.rounds.full;
  process.stderr.write(`${figure.name}: ${rounds} rounds\n`);
  const able: Contender[] = [];
  for (const contender of starters) if (await figure.possible(contender)) able.push(contender);
  for (let round = 0; round <= rounds; round++) {
    for (const contender of able) {
      if (interrupted) throw new Error("interrupted");
      const warmUp = round === 0 && rounds > 1;
      const sample = await figure.sample(contender, options.quick || warmUp).catch((cause) => {
        throw new Error(`${contender.name}; the end of its log:\n${contender.server.log().slice(-2000)}`, { cause });
      });
      if (warmUp) continue;
      for (const [i, value] of sample.entries()) {
        if (value !== null) results.add(figure.measures[i]!, contender, value);
      }
    }
  }
}

if (!existsSync(executable)) throw new Error(`${executable} is not there: npm run build makes it`);
const starters = chosen(contenders, options.only).filter((contender) => contender.available);
const measured = chosen(figures, options.figure);
const where = surroundings(options.quick);
const results = new Results();
try {
  for (const contender of starters) await contender.start();
  for (const figure of measured) await measure(figure, starters, results);
} finally {
  for (const contender of starters) await contender.stop();
}

const tables = report(
  results,
  measured.flatMap((figure) => figure.measures),
  starters,
);
const text = `# Results of \`npm run bench\`\n\n${where}\n\n${tables}`;
console.log(text);
const whole = options.only === undefined && options.figure === undefined;
if (whole && !options["no-write"]) writeFileSync(RESULTS, text);
