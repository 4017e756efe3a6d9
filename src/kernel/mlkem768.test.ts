import { test } from "node:test";
import assert from "node:assert/strict";
import * as crypto from "node:crypto";
import { createPrivateKey, randomBytes } from "node:crypto";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { mlkem768 } from "../../test/support/kems.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Of an encoded key or ciphertext, with one byte changed. */
function changedAt(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at]! ^= 1 << (at & 7);
  return copy;
}

test("keys, ciphertexts and secrets agree with noble's from the same randomness", () => {
  for (let i = 0; i < 20; i++) {
    const seed = randomBytes(64);
    const random = randomBytes(32);
    const ours = mlkem768.keypair(seed);
    const noble = ml_kem768.keygen(seed);
    assert.equal(hex(ours.publicKey), hex(noble.publicKey));
    assert.equal(hex(ours.secretKey), hex(noble.secretKey));
    const sent = mlkem768.encapsulate(ours.publicKey, random);
    const theirs = ml_kem768.encapsulate(noble.publicKey, random);
    assert.ok(sent);
    assert.equal(hex(sent.ciphertext), hex(theirs.cipherText));
    assert.equal(hex(sent.secret), hex(theirs.sharedSecret));
    const stray = randomBytes(1088);
    assert.equal(hex(mlkem768.decapsulate(stray, ours.secretKey)!), hex(ml_kem768.decapsulate(stray, noble.secretKey)));
  }
});

test("encapsulation and decapsulation meet node:crypto's, in both directions", () => {
  for (let i = 0; i < 20; i++) {
    const seed = randomBytes(64);
    const ours = mlkem768.keypair(seed);
    const pkcs8 = Buffer.concat([Buffer.from("3054020100300b060960864801650304040204428040", "hex"), seed]);
    const theirSecretKey = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
    const theirPublicKey = crypto.createPublicKey(theirSecretKey);
    const spki = theirPublicKey.export({ format: "der", type: "spki" });
    assert.equal(hex(ours.publicKey), hex(spki.subarray(-1184)));

    const sent = mlkem768.encapsulate(ours.publicKey, randomBytes(32));
    assert.ok(sent);
    assert.equal(hex(crypto.decapsulate(theirSecretKey, sent.ciphertext)), hex(sent.secret));
    const received = crypto.encapsulate(theirPublicKey);
    assert.equal(hex(mlkem768.decapsulate(received.ciphertext, ours.secretKey)!), hex(received.sharedKey));
  }
});

test("a change of any byte of a ciphertext gives the secret of implicit rejection", () => {
  const keys = mlkem768.keypair(randomBytes(64));
  const sent = mlkem768.encapsulate(keys.publicKey, randomBytes(32));
  assert.ok(sent);
  assert.equal(hex(mlkem768.decapsulate(sent.ciphertext, keys.secretKey)!), hex(sent.secret));
  const z = keys.secretKey.subarray(2368);
  for (let at = 0; at < 1088; at++) {
    const changed = changedAt(sent.ciphertext, at);
    const expected = crypto.createHash("shake256", { outputLength: 32 }).update(z).update(changed).digest("hex");
    assert.equal(hex(mlkem768.decapsulate(changed, keys.secretKey)!), expected, `byte ${at}`);
  }
});

test("a coefficient of q or more is refused wherever it stands, and q - 1 is not", () => {
  const keys = mlkem768.keypair(randomBytes(64));
  const withCoefficient = (index: number, value: number): Uint8Array => {
    const key = Uint8Array.from(keys.publicKey);
    const at = (index >> 1) * 3;
    if (index % 2 === 0) {
      key[at] = value & 255;
      key[at + 1] = (key[at + 1]! & 0xf0) | (value >> 8);
    } else {
      key[at + 1] = (key[at + 1]! & 0x0f) | ((value & 15) << 4);
      key[at + 2] = value >> 4;
    }
    return key;
  };
  const random = randomBytes(32);
  for (let index = 0; index < 768; index++) {
    assert.equal(mlkem768.encapsulate(withCoefficient(index, 3329), random), null, `q as coefficient ${index}`);
    assert.equal(mlkem768.encapsulate(withCoefficient(index, 4095), random), null, `4095 as coefficient ${index}`);
  }
  for (const index of [0, 1, 255, 256, 767]) {
    const key = withCoefficient(index, 3328);
    assert.equal(hex(mlkem768.encapsulate(key, random)!.secret), hex(ml_kem768.encapsulate(key, random).sharedSecret));
  }
});

test("a decapsulation key whose hash or encapsulation key was changed is refused", () => {
  const keys = mlkem768.keypair(randomBytes(64));
  const sent = mlkem768.encapsulate(keys.publicKey, randomBytes(32));
  assert.ok(sent);
  for (let at = 1152; at < 2368; at += 7)
    assert.equal(mlkem768.decapsulate(sent.ciphertext, changedAt(keys.secretKey, at)), null, `byte ${at}`);
});
