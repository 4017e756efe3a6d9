/** Values of PCRs: in lists, against tpm2_pcrread's, and read from swtpm. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { Swtpm, type SwtpmLink } from "../../../test/support/swtpm.ts";
import { installKernels } from "../../node/kernels.ts";
import { PcrExtend } from "./command/machine.ts";
import { PcrValues } from "./pcr-values.ts";
import { SUCCESS } from "./response-code.ts";

installKernels();

const ALL = 0xffffff;
const swtpm = new Swtpm();
let link: SwtpmLink;

before(async () => {
  await swtpm.start();
  link = swtpm.connect();
  for (const pcr of [0, 7, 9, 23]) assert.equal(link.tpm.execute(new PcrExtend(pcr, randomBytes(32)), [null]), SUCCESS);
});
after(async () => {
  await link.close();
  await swtpm.remove();
});

const line = (pcr: number | string, digits: string): string => `  ${pcr} : 0x${digits}\n`;
const parse = (text: string): PcrValues => PcrValues.parse(Buffer.from(text));

test("more than the TPM reads at once, as tpm2_pcrread reads them", async () => {
  const values = new PcrValues();
  assert.equal(values.read(link.tpm, ALL), SUCCESS);
  assert.equal(values.mask, ALL);
  await link.close();
  const theirs = parse(swtpm.tool("tpm2_pcrread"));
  assert.equal(theirs.mask, ALL);
  assert.equal(values.differing(theirs, ALL), 0);
  const again = PcrValues.parse(values.text(ALL));
  assert.equal(again.differing(theirs, ALL), 0);
  assert.deepEqual(again.digest(ALL), values.digest(ALL));
});

test("lists, and what in them is none of it", () => {
  const digits = "ab".repeat(32);
  const one = parse(line(7, digits) + `0: ${digits.toUpperCase()}\n16 ${digits}\r\n`);
  assert.equal(one.mask, (1 << 7) | 1 | (1 << 16));
  assert.deepEqual(Buffer.from(one.digest(1 << 7)), createHash("sha256").update(Buffer.from(digits, "hex")).digest());
  const wrong = [
    line(24, digits),
    line("x", digits),
    line("", digits),
    line(7, digits.slice(2)),
    line(7, digits.slice(1) + "g"),
    `7${digits}\n`,
    line(1, "ab".repeat(20)),
    "sha256:\n\n",
  ];
  for (const text of wrong) assert.equal(parse(text).mask, 0, text);
  const twice = parse(line(7, digits) + line(7, "cd".repeat(32)));
  assert.equal(twice.differing(one, 1 << 7), 0, "the first counts");
});

test("which differ, which are known, and which were never touched", () => {
  const a = parse(line(1, "00".repeat(32)) + line(2, "11".repeat(32)) + line(17, "ff".repeat(32)));
  const b = parse(line(1, "00".repeat(32)) + line(2, "22".repeat(32)) + line(3, "33".repeat(32)));
  assert.equal(a.differing(b, 0b1110), 0b100);
  assert.equal(a.differing(b, 0b0010), 0);
  assert.ok(a.covers(0b110) && !a.covers(0b1000));
  assert.ok(a.areUntouched((1 << 1) | (1 << 17)) && !a.areUntouched(0b110));
});

test("answers that are none", async () => {
  const real = swtpm.connect();
  for (const change of [
    (bytes: Buffer): Buffer => bytes.subarray(0, 12),
    (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte, i) => (i === 27 ? 0 : byte))), // one digest fewer is said to be there
  ]) {
    real.tamper = change;
    const values = new PcrValues();
    const code = values.read(real.tpm, 0b11);
    assert.ok(code !== SUCCESS || !values.covers(0b11));
  }
  await real.close();
});
