/** The 64-bit ARM executable, run by qemu: structures and system call numbers differ there, the results must not. */
import { after, test } from "node:test";
import assert from "node:assert/strict";
import { chmodSync, copyFileSync } from "node:fs";
import { join } from "node:path";
import { nativeArchitecture, nativeExecutable } from "../support/native.ts";
import { installed } from "../support/stage.ts";
import { inventory, Workshop, type Result } from "../support/side-by-side.ts";

const workshop = new Workshop("postern");
after(() => workshop.remove());

const QEMU = "qemu-aarch64-static";
const skip = nativeArchitecture === "aarch64" ? "it is this machine's own" : installed(QEMU) ? false : `no ${QEMU}`;

test("makekey, printkey and convert do on ARM what they do here", { skip }, () => {
  const room = workshop.room("arm");
  const copy = join(workshop.folder, "arm-executable");
  copyFileSync(nativeExecutable("postern", "aarch64"), copy);
  chmodSync(copy, 0o755);
  const arm = (...words: string[]): Result => workshop.run(QEMU, [copy, ...words], room, { input: "secret\n" });
  const here = (...words: string[]): Result =>
    workshop.run(workshop.ours("postern"), words, room, { input: "secret\n" });

  for (const [maker, reader, name] of [
    [arm, here, "one"],
    [here, arm, "two"],
  ] as const) {
    assert.equal(maker("makekey", "-q", name).status, 0);
    assert.deepEqual(inventory(join(room, name)), [".ed25519.sk -600 64", "ed25519.pk -644 32"]);
    assert.deepEqual(reader("printkey", name), maker("printkey", name));
    const out = ["convert", "-e", `${name}.key`, "--encrypt", "--rounds", "1", "--passphrase-stdin", name];
    assert.equal(maker(...out).status, 0);
    const back = reader("convert", "-f", `${name}.key`, "--passphrase-stdin", `${name}.back`);
    assert.equal(back.status, 0, back.stderr);
    assert.equal(reader("printkey", `${name}.back`).stdout, maker("printkey", name).stdout);
  }
  for (const words of [[], ["makekey", "one"], ["printkey", "none"], ["sshd", "none"], ["sshd", "--nonsense"]]) {
    assert.deepEqual(arm(...words), here(...words), words.join(" "));
  }
});
