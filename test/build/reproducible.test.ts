/** Two builds in two folders are equal, bit for bit: nothing of the place or the time gets into an executable. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { root } from "../../src/native/build.ts";

/** A copy of the sources in a folder of its own, built there. */
function buildIn(folder: string, architecture: string): Buffer {
  const tracked = execFileSync("git", ["ls-files", "-z", "src", "package.json"], { cwd: root }).toString().split("\0");
  for (const file of tracked.filter((name) => name !== "")) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  execFileSync(process.execPath, ["src/native/build.ts", architecture], { cwd: folder, stdio: "pipe" });
  return readFileSync(join(folder, "dist", architecture, "postern"));
}

for (const architecture of ["x86_64", "aarch64"]) {
  test(`builds for ${architecture} are reproducible`, () => {
    const work = mkdtempSync(join(tmpdir(), "postern-reproducible-"));
    try {
      const first = buildIn(join(work, "one"), architecture);
      const second = buildIn(join(work, "a-longer-name/two"), architecture);
      assert.ok(first.length > 10_000, "an executable was built");
      assert.ok(first.equals(second), "the two executables are equal");
      assert.ok(!first.includes(work), "no path of the build is in it");
    } finally {
      rmSync(work, { recursive: true });
    }
  });
}
