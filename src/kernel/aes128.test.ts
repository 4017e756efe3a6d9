import { test } from "node:test";
import assert from "node:assert/strict";
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { loadKernels } from "../node/kernels.ts";

const k = loadKernels();

function run(name: "aes128CfbEncrypt" | "aes128CfbDecrypt", data: Buffer, key: Buffer, iv: Buffer): Buffer {
  const at = k.place(data);
  k.exports[name](at, data.length, k.place(key), k.place(iv));
  const result = Buffer.from(k.read(at, data.length));
  k.release();
  return result;
}

test("NIST SP 800-38A, F.3.13 and F.3.14", () => {
  const key = Buffer.from("2b7e151628aed2a6abf7158809cf4f3c", "hex");
  const iv = Buffer.from("000102030405060708090a0b0c0d0e0f", "hex");
  const plain = Buffer.from(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51" +
      "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
    "hex",
  );
  const encrypted =
    "3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b" +
    "26751f67a3cbb140b1808cf187a4f4dfc04b05357c5d1c0eeac4c66f9ff7f2e6";
  assert.equal(run("aes128CfbEncrypt", plain, key, iv).toString("hex"), encrypted);
  assert.deepEqual(run("aes128CfbDecrypt", Buffer.from(encrypted, "hex"), key, iv), plain);
});

test("every length up to five blocks agrees with node:crypto, both ways", () => {
  for (let length = 0; length <= 80; length++) {
    const [data, key, iv] = [randomBytes(length), randomBytes(16), randomBytes(16)];
    const [cipher, decipher] = [createCipheriv("aes-128-cfb", key, iv), createDecipheriv("aes-128-cfb", key, iv)];
    assert.deepEqual(run("aes128CfbEncrypt", data, key, iv), cipher.update(data), `${length} bytes`);
    assert.deepEqual(run("aes128CfbDecrypt", data, key, iv), decipher.update(data), `${length} bytes`);
  }
});
