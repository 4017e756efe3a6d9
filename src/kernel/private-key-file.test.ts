import { test } from "node:test";
import assert from "node:assert/strict";
import { createCipheriv, randomBytes } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadKernels } from "../node/kernels.ts";

const k = loadKernels();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function aes256Ctr(data: Uint8Array, key: Uint8Array, counter: Uint8Array): Uint8Array {
  const at = k.place(data);
  const counterAt = k.place(counter);
  k.exports.aes256Ctr(at, data.length, k.place(key), counterAt);
  const result = k.read(at, data.length);
  assert.equal(hex(k.read(counterAt, 16)), hex(counter), "the counter is left as it was");
  k.release();
  return result;
}

function bcryptPbkdf(length: number, passphrase: Uint8Array, salt: Uint8Array, rounds: number): Uint8Array {
  const out = k.reserve(length);
  k.exports.bcryptPbkdf(out, length, k.place(passphrase), passphrase.length, k.place(salt), salt.length, rounds);
  const result = k.read(out, length);
  k.release();
  return result;
}

test("SP 800-38A section F.5.5: AES-256 in counter mode", () => {
  const key = Buffer.from("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", "hex");
  const counter = Buffer.from("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", "hex");
  const text = Buffer.from(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51" +
      "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
    "hex",
  );
  const expected =
    "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5" +
    "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6";
  assert.equal(hex(aes256Ctr(text, key, counter)), expected);
});

test("AES-256 in counter mode agrees with node:crypto, also where the counter carries", () => {
  const counters = [randomBytes(16), Buffer.alloc(16, 0xff), Buffer.from("00".repeat(8) + "ff".repeat(8), "hex")];
  for (let length = 0; length <= 100; length++) {
    for (const counter of counters) {
      const key = randomBytes(32);
      const data = randomBytes(length);
      const expected = createCipheriv("aes-256-ctr", key, counter).update(data);
      assert.equal(hex(aes256Ctr(data, key, counter)), hex(expected), `${length} bytes`);
    }
  }
});

test("bcrypt_pbkdf agrees with python3-bcrypt", () => {
  const vectors: [passphrase: Uint8Array, salt: Uint8Array, rounds: number, key: string][] = [
    [
      Buffer.from("password"),
      Buffer.from("salt"),
      4,
      "5bbf0cc293587f1c3635555c27796598d47e579071bf427e9d8fbe842aba34d9",
    ],
    [
      Buffer.from([112, 97, 115, 115, 0, 255]),
      Buffer.alloc(16, 7),
      16,
      "5757d82319673d6b030d0f2891602d5027ef96fead1127f45b54f53cd6527b855a8f953a0c074b3a0852ddc219dae09d",
    ],
    [
      Buffer.from("x"),
      Buffer.from("NaCl"),
      2,
      "c4f8e6ace4a50c00550b6078a2389ef9c08030f638ad40db996cf327e599863053774f5c7d375bcb2a136d1d92e6cc724e7946308f9c959aab0dd16f57a3d247f709819e5ec5827eb641a9cc160c3f4c668eb2cba7d34ae0332041c355626f63b297536c",
    ],
    [Buffer.from("one byte"), Buffer.alloc(16), 1, "a1"],
  ];
  for (const [passphrase, salt, rounds, key] of vectors)
    assert.equal(hex(bcryptPbkdf(key.length / 2, passphrase, salt, rounds)), key);
});

test("a private key that ssh-keygen has encrypted opens with its passphrase alone", () => {
  const folder = mkdtempSync(join(tmpdir(), "postern-"));
  try {
    const file = join(folder, "key");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-a", "3", "-N", "an example", "-C", "comment", "-f", file]);
    const publicKey = Buffer.from(readFileSync(`${file}.pub`, "utf8").split(" ")[1]!, "base64").subarray(-32);
    const body = Buffer.from(readFileSync(file, "utf8").replaceAll(/-----.*-----|\s/g, ""), "base64");
    let at = "openssh-key-v1\0".length;
    const string = (): Buffer => {
      const length = body.readUInt32BE(at);
      at += 4 + length;
      return body.subarray(at - length, at);
    };
    assert.deepEqual([string().toString(), string().toString()], ["aes256-ctr", "bcrypt"]);
    const options = string();
    const salt = options.subarray(4, 20);
    const rounds = options.readUInt32BE(20);
    at += 4;
    string();
    const encrypted = string();
    const decrypt = (passphrase: string): Buffer => {
      const key = bcryptPbkdf(48, Buffer.from(passphrase), salt, rounds);
      return Buffer.from(aes256Ctr(encrypted, key.subarray(0, 32), key.subarray(32)));
    };
    const opened = decrypt("an example");
    assert.equal(opened.readUInt32BE(0), opened.readUInt32BE(4), "the check numbers agree");
    assert.ok(opened.includes(publicKey));
    const wrong = decrypt("another example");
    assert.notEqual(wrong.readUInt32BE(0), wrong.readUInt32BE(4));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
