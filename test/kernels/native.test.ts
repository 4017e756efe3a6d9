/**
 * The native form of the kernels gives the same results as the WebAssembly form: all calls that the kernels' own tests
 * and the published vectors make are recorded, and played back to the same kernels in an executable, built as those
 * that are shipped.
 */
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import assert from "node:assert/strict";
import { build, ownArchitecture, root } from "../../src/native/build.ts";
import { loadKernels } from "../../src/node/kernels.ts";
import { names } from "./names.ts";

const HEADER = 84;

test("the list of kernels is whole", () => {
  const exported = Object.entries(loadKernels().exports).filter(([, value]) => typeof value === "function");
  assert.deepEqual(exported.map(([name]) => name).toSorted(), names.toSorted());
});

test("kernels give the same results as WebAssembly and natively", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "postern-kernels-"));
  t.after(() => rmSync(folder, { recursive: true }));

  const recorder = join(root, "test/kernels/recorder.ts");
  const files = globSync(["src/kernel/*.test.ts", "test/vectors/*.test.ts"], { cwd: root });
  const environment: NodeJS.ProcessEnv = { ...process.env, RECORDINGS: folder, NODE_OPTIONS: `--import=${recorder}` };
  delete environment["NODE_TEST_CONTEXT"]; // or the runner would take itself for a part of this one
  const tests = spawnSync(process.execPath, ["--test", ...files], { cwd: root, env: environment, encoding: "utf8" });
  assert.equal(tests.status, 0, tests.stdout + tests.stderr);

  const player = join(folder, "player");
  build("test/kernels/entry.ts", player, ownArchitecture);
  const played = names.map(() => 0);
  for (const recording of readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    const calls = readFileSync(join(folder, recording.name, "calls"));
    const answers = readFileSync(join(folder, recording.name, "answers"));
    const run = spawnSync(player, { input: calls, maxBuffer: answers.length + 1 });
    assert.equal(run.status, 0, run.stderr.toString());
    assert.equal(run.stdout.length, answers.length);
    for (let call = 0, answer = 0; call < calls.length;) {
      const kernel = calls.readUInt32LE(call);
      const end = answer + 8 + calls.readUInt32LE(call + 8);
      const native = run.stdout.subarray(answer, end);
      assert.ok(native.equals(answers.subarray(answer, end)), `${names[kernel]}, the call at ${call}`);
      played[kernel]!++;
      call += HEADER + calls.readUInt32LE(call + 4);
      answer = end;
    }
  }
  names.forEach((name, kernel) => assert.notEqual(played[kernel], 0, `no test has called ${name}`));
  t.diagnostic(`${played.reduce((sum, count) => sum + count)} calls of ${names.length} kernels`);
});
