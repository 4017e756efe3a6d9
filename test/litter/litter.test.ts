/** The garbage collector of the native form: memory stays small, and what is in use is never taken. */
import { after, test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "../../src/native/build.ts";
import { nativeArchitecture } from "../support/native.ts";

const folder = mkdtempSync(join(tmpdir(), "postern-litter-"));
after(() => rmSync(folder, { recursive: true }));

test("600 MB of garbage pass through 8 MB", () => {
  const executable = join(folder, "litter");
  build("test/litter/entry.ts", executable, nativeArchitecture);
  const result = spawnSync(executable, { encoding: "utf8" });
  assert.equal(result.status, 0, result.stderr);
  const kilobytes = Number(/^VmHWM:\s+(\d+) kB$/m.exec(result.stdout)![1]);
  assert.ok(kilobytes < 8192, `${kilobytes} kB`);
});
