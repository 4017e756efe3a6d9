/** Sections of UEFI programs, as binutils sees them. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { unifiedKernel } from "../../../test/support/unified-kernel.ts";
import { isUefiProgram, sectionOf } from "./unified-kernel.ts";

const parts = { ".cmdline": Buffer.from("root=UUID=1"), ".initrd": Buffer.alloc(5000, "i"), ".linux": Buffer.alloc(9) };

test("sections are where binutils has them", () => {
  const bytes = unifiedKernel(parts);
  const folder = mkdtempSync(join(tmpdir(), "postern-uki-"));
  const path = join(folder, "image.efi");
  writeFileSync(path, bytes);
  const listed = execFileSync("objdump", ["-h", path], { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  assert.ok(isUefiProgram(bytes));
  for (const [name, content] of Object.entries(parts)) {
    const { offset, length } = sectionOf(bytes, name)!;
    assert.deepEqual(bytes.subarray(offset, offset + length), content);
    const line = listed.split("\n").find((words) => words.includes(` ${name} `))!;
    const [, , size, , , place] = line.trim().split(/\s+/);
    assert.deepEqual(
      [size, place].map((digits) => Number.parseInt(digits!, 16)),
      [length, offset],
    );
  }
  for (const name of [".none", ".init", ".initrd2", ""]) assert.equal(sectionOf(bytes, name), null, name);
});

test("headers that are cut short or lead nowhere", () => {
  const bytes = unifiedKernel({ ".initrd": Buffer.of(1) });
  const end = 64 + 24 + 40;
  for (let length = 0; length < end; length++) assert.equal(sectionOf(bytes.subarray(0, length), ".initrd"), null);
  assert.ok(sectionOf(bytes.subarray(0, end), ".initrd"));
  const nowhere = Buffer.from(bytes);
  nowhere.writeUInt32LE(0, end - 20);
  assert.equal(sectionOf(nowhere, ".initrd"), null);
  for (const place of [0, 60, 63, 65, 1 << 20, 0x7fffffff, 0xffffffff]) {
    const other = Buffer.from(bytes);
    other.writeUInt32LE(place, 60);
    assert.equal(sectionOf(other, ".initrd"), null, `${place}`);
  }
});
