/** The benchmark's own mechanics, with ours alone and few rounds: what it measures is not judged here. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { verdicts } from "../../bench/bar.ts";
import { contenders } from "../../bench/contender.ts";
import { figures } from "../../bench/figures/all.ts";
import { Results } from "../../bench/results.ts";
import { summary } from "../../bench/statistics.ts";
import { run } from "../support/openssh.ts";

const benchmark = [process.execPath, fileURLToPath(new URL("../../bench/run.ts", import.meta.url))];

const measures = figures.flatMap((figure) => figure.measures);
const contender = (name: string) => contenders.find((one) => one.name === name)!;

test("the median is the middle value, or the mean of the two in the middle", () => {
  assert.deepEqual(summary([10, 9, 100]), { median: 10, least: 9, most: 100 });
  assert.deepEqual(summary([4, 1, 2, 10]), { median: 3, least: 1, most: 10 });
});

test("the worse of our two ways to run is held against the bar", () => {
  const results = new Results();
  const wall = measures.find(({ name }) => name === "curve25519 wall")!;
  const download = measures.find(({ name }) => name === "download")!;
  for (const [name, time, speed] of [
    ["postern", 15, 500],
    ["postern-tcpserver", 21, 300],
    ["tinysshd", 100, 200],
  ] as const) {
    results.add(wall, contender(name), time);
    results.add(download, contender(name), speed);
  }
  assert.deepEqual(
    verdicts(results).map(({ text, value, met }) => ({ text, value, met })),
    [
      { text: "`ssh host true`, curve25519, to tinysshd", value: 0.21, met: false },
      { text: "download, to tinysshd", value: 1.5, met: false },
    ],
  );
});

test("every demand of the bar is on a figure that is measured", () => {
  const results = new Results();
  for (const measure of measures) for (const one of contenders) results.add(measure, one, 1);
  assert.equal(verdicts(results).length, 12);
});

test("a short run prints its tables", async () => {
  const words = ["--quick", "--only", "postern", "--figure", "curve25519,memory,banner,size", "--no-write"];
  const { status, stdout, stderr } = await run([...benchmark, ...words], { timeout: 60_000 });
  assert.equal(status, 0, stderr);
  const text = stdout.toString();
  for (const row of ["`ssh host true`, curve25519-sha256, ms", "idle session, PSS, kB", "start to banner, ms"]) {
    assert.match(text, new RegExp(`^\\| ${row} \\| \\*\\*[0-9.]+\\*\\*`, "m"));
  }
  assert.match(text, /^\| static executable, bytes \| at most 260000 \| \d+ \|/m);
});

test("an unknown name is refused, with those that are known", async () => {
  const { status, stderr } = await run([...benchmark, "--figure", "speed"]);
  assert.equal(status, 1);
  assert.match(stderr, /speed is none of curve25519, sntrup761, /);
});
