/**
 * Runs the tests named on the command line (all of them otherwise) and ends with a line that counts them.
 * A file's tests count one by one; a suite around them doesn't.
 */
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { run } from "node:test";
import { spec } from "node:test/reporters";

const named = process.argv.slice(2);
const files = named.length > 0 ? named : globSync(["src/**/*.test.ts", "test/**/*.test.ts"]).toSorted();
const count = { passed: 0, failed: 0, skipped: 0 };

const events = run({ files, concurrency: availableParallelism(), timeout: 1_200_000 });
events.on("test:pass", (event) => {
  if (event.details.type === "suite") return;
  if (event.skip) count.skipped++;
  else count.passed++;
});
events.on("test:fail", (event) => {
  if (event.details.type !== "suite") count.failed++;
});
events.compose(spec).pipe(process.stdout);
process.on("exit", () => {
  console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  if (count.failed > 0 || count.passed === 0) process.exitCode = 1;
});
