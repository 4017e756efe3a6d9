/** The native form's memory: all of it can be had, and there is an end to it. */
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "../../src/native/build.ts";
import { nativeArchitecture } from "../support/native.ts";

const folder = mkdtempSync(join(tmpdir(), "postern-memory-"));
const executable = join(folder, "hoard");
before(() => build("test/memory/entry.ts", executable, nativeArchitecture));
after(() => rmSync(folder, { recursive: true }));

const hoard = (megabytes: number) => spawnSync(executable, [`${megabytes}`], { encoding: "utf8" });

test("60 of the 64 MiB can be in use, whatever size memory grew to on the way", () => {
  for (const megabytes of [1, 10, 20, 30, 40, 50, 60]) {
    const { status, stderr } = hoard(megabytes);
    assert.equal(status, 0, `${megabytes} MB: ${stderr}`);
  }
});

test("more than there is ends the program, which says so", () => {
  const { status, stderr } = hoard(70);
  assert.equal(status, 111);
  assert.equal(stderr, "postern: internal error: out of memory\n");
});
