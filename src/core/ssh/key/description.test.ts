/** One line about a key, as ssh-keygen -l has it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { useKernels } from "../../crypto/kernels.ts";
import { WasmKernels } from "../../../node/kernels.ts";
import { encode } from "../../../../test/support/ssh/wire.ts";
import { describeBlob } from "./description.ts";

useKernels(new WasmKernels());
const folder = mkdtempSync(join(tmpdir(), "postern-description-"));
after(() => rmSync(folder, { recursive: true }));

const keygen = (...words: string[]): string => execFileSync("ssh-keygen", words, { cwd: folder, encoding: "utf8" });

/** Our line about the key in a file of ssh-keygen's. */
function ours(file: string): string {
  const [, base64, ...comment] = readFileSync(join(folder, file), "utf8").trim().split(" ");
  return `${describeBlob(Buffer.from(base64!, "base64"), Buffer.from(comment.join(" ")))}\n`;
}

for (const [type, bits] of [
  ["ed25519", "256"],
  ["ecdsa", "256"],
  ["ecdsa", "384"],
  ["ecdsa", "521"],
  ["rsa", "1024"],
  ["rsa", "3072"],
] as const) {
  test(`${type} ${bits}, and a certificate`, () => {
    const name = `${type}${bits}`;
    keygen("-q", "-t", type, "-b", bits, "-N", "", "-C", "two words", "-f", name);
    assert.equal(ours(`${name}.pub`), keygen("-l", "-f", `${name}.pub`));
    keygen("-q", "-s", name, "-I", "me", `${name}.pub`);
    assert.equal(ours(`${name}-cert.pub`), keygen("-l", "-f", `${name}-cert.pub`));
  });
}

test("keys without a comment, of other types, and damaged ones", () => {
  const key = encode("ssh-ed25519", Buffer.alloc(32));
  assert.match(describeBlob(key, Buffer.alloc(0)), /^256 SHA256:\S{43} no comment \(ED25519\)$/);
  assert.match(describeBlob(encode("ssh-new@example\n", "x"), key), /^0 SHA256:\S{43} .+ \(ssh-new@example\?\)$/);
  assert.match(describeBlob(encode("ssh-rsa"), Buffer.from("c")), /^0 SHA256:\S{43} c \(RSA\)$/);
  assert.match(describeBlob(Buffer.alloc(3), Buffer.from("c")), /^0 SHA256:\S{43} c \(\)$/);
});
