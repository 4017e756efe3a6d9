/**
 * No jump and no address of a kernel depends on a secret: in the machine code that comes out of all three compilers, as
 * shipped (-Os) and as an eager compiler makes it (-O3). See harness.h for the method.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { compileToWasm, root } from "../../src/native/build.ts";
import { translateToC } from "../../src/native/translate.ts";

const folder = mkdtempSync(join(tmpdir(), "postern-constant-time-"));
const module = join(folder, "module.c");

before(() => {
  assert.ok(existsSync("/usr/include/valgrind/memcheck.h"), "valgrind is missing: apt-get install valgrind");
  const wasm = join(folder, "kernels.wasm");
  compileToWasm("src/kernel/exports.ts", wasm, "x86_64", ["--use", "NATIVE=1", "--use", "DISCLOSURE=1"]);
  translateToC(root, wasm, module);
  symlinkSync("/usr/include/simde", join(folder, "simde"));
});
after(() => rmSync(folder, { recursive: true }));

/** The lines that the harness prints, and what valgrind said. */
function run(optimization: string): { lines: string[]; complaints: string } {
  const program = join(folder, `harness${optimization}`);
  const include = [join(root, "src/native"), folder].flatMap((path) => ["-I", path]);
  const source = join(root, "test/constant-time/harness.c");
  const options = [optimization, "-g", "-mssse3", "-std=gnu11", "-w", "-DNDEBUG", `-DMODULE_C="${module}"`];
  execFileSync("gcc", [...options, ...include, source, "-o", program]);
  const valgrind = spawnSync("valgrind", ["--quiet", "--error-limit=no", program], { encoding: "utf8" });
  assert.equal(valgrind.status, 0, valgrind.stderr);
  return { lines: valgrind.stdout.trimEnd().split("\n"), complaints: valgrind.stderr };
}

describe("constant time", () => {
  for (const optimization of ["-Os", "-O3"])
    test(`compiled with ${optimization}`, async (t) => {
      const { lines, complaints } = run(optimization);
      for (const line of lines) {
        const [name, expected, count] = line.split("\t");
        await t.test(name, () => {
          if (expected === "some") assert.notEqual(count, "0", "valgrind does not notice what it must");
          else assert.equal(count, expected, complaints);
        });
      }
    });
});
