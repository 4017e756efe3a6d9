/** The native form's memory: all of it can be had, there is an end to it, and nothing behind that. */
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

const MEMORY_BYTES = 64 << 20;
const LARGEST_OFFSET = (1 << 20) - 16;

for (const how of ["load", "store"]) {
  test(`whoever would ${how} out of bounds gets no further`, () => {
    const access = (address: number) => spawnSync(executable, [how, `${address}`], { encoding: "utf8" });
    assert.equal(access(MEMORY_BYTES - LARGEST_OFFSET - 8).status, 0, "the last bytes are there");
    for (const address of [MEMORY_BYTES - LARGEST_OFFSET, MEMORY_BYTES, 2 ** 31, 2 ** 32 - 8, 2 ** 32 - 1]) {
      const { status, stderr } = access(address);
      assert.equal(status, 111, `${address}`);
      assert.equal(stderr, "postern: internal error: memory access out of bounds\n", `${address}`);
    }
  });
}
