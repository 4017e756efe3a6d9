/**
 * No jump and no address of a kernel depends on a secret: in the machine code that comes out of all three compilers, as
 * shipped (-Os, and what an image's program is built with) and as an eager compiler makes it (-O3). See harness.h for the
 * method.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { compileToWasm, compressibleAnywhere, root, sourcesForImages } from "../../src/native/build.ts";
import { translateToC } from "../../src/native/translate.ts";

const folder = mkdtempSync(join(tmpdir(), "postern-constant-time-"));
const modules = { usual: join(folder, "usual/module.c"), image: join(folder, "image/module.c") };

/** Leaves the kernels of `sources` as C. */
function compile(sources: string, c: string, compressed: boolean): void {
  const wasm = join(folder, "kernels.wasm");
  const constants = ["--use", "NATIVE=1", "--use", "DISCLOSURE=1"];
  compileToWasm("src/kernel/exports.ts", wasm, "x86_64", constants, sources);
  translateToC(root, wasm, c, compressed);
}

before(() => {
  assert.ok(existsSync("/usr/include/valgrind/memcheck.h"), "valgrind is missing: apt-get install valgrind");
  mkdirSync(dirname(modules.usual));
  mkdirSync(dirname(modules.image));
  compile(root, modules.usual, true);
  sourcesForImages(folder);
  compile(folder, modules.image, false);
  symlinkSync("/usr/include/simde", join(folder, "simde"));
});
after(() => rmSync(folder, { recursive: true }));

/** The lines that the harness prints, and what valgrind said. */
function run(module: string, optimization: string[]): { lines: string[]; complaints: string } {
  const program = join(folder, "harness");
  const include = [join(root, "src/native"), folder, dirname(module)].flatMap((path) => ["-I", path]);
  const source = join(root, "test/constant-time/harness.c");
  const options = [...optimization, "-g", "-mssse3", "-std=gnu11", "-w", "-DNDEBUG", `-DMODULE_C="${module}"`];
  execFileSync("gcc", [...options, ...include, source, "-o", program]);
  const valgrind = spawnSync("valgrind", ["--quiet", "--error-limit=no", program], { encoding: "utf8" });
  assert.equal(valgrind.status, 0, valgrind.stderr);
  return { lines: valgrind.stdout.trimEnd().split("\n"), complaints: valgrind.stderr };
}

describe("constant time", () => {
  for (const [how, module, optimization] of [
    ["-Os", modules.usual, ["-Os"]],
    ["-O3", modules.usual, ["-O3"]],
    ["what images are built with", modules.image, [...compressibleAnywhere, "-mforce-indirect-call"]],
  ] as const)
    test(`compiled with ${how}`, async (t) => {
      const { lines, complaints } = run(module, [...optimization]);
      for (const line of lines) {
        const [name, expected, count] = line.split("\t");
        await t.test(name, () => {
          if (expected === "some") assert.notEqual(count, "0", "valgrind does not notice what it must");
          else assert.equal(count, expected, complaints);
        });
      }
    });
});
