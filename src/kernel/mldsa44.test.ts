import { test } from "node:test";
import assert from "node:assert/strict";
import * as crypto from "node:crypto";
import { createPrivateKey, createPublicKey, randomBytes } from "node:crypto";
import { ml_dsa44 } from "@noble/post-quantum/ml-dsa.js";
import { SIGNATURE, mldsa44 } from "../../test/support/mldsa44.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function nodeKey(seed: Uint8Array): crypto.KeyObject {
  const pkcs8 = Buffer.concat([Buffer.from("3034020100300b060960864801650304031104228020", "hex"), seed]);
  return createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
}

test("keys and signatures agree with noble's, hedged and deterministic", () => {
  for (let i = 0; i < 20; i++) {
    const [seed, message, context] = [randomBytes(32), randomBytes(i * 29), randomBytes(i * 13)];
    const noble = ml_dsa44.keygen(seed);
    assert.equal(hex(mldsa44.publicKey(seed)), hex(noble.publicKey));
    assert.equal(hex(mldsa44.secretKey(seed)), hex(noble.secretKey));
    const random = i % 2 === 0 ? randomBytes(32) : undefined;
    const theirs = ml_dsa44.sign(message, noble.secretKey, { context, extraEntropy: random ?? false });
    assert.equal(hex(mldsa44.sign(message, seed, context, random)), hex(theirs));
    assert.ok(mldsa44.verify(theirs, message, noble.publicKey, context));
  }
});

test("each side takes what the other has signed: node:crypto", () => {
  for (let i = 0; i < 20; i++) {
    const [seed, message] = [randomBytes(32), randomBytes(i * 31)];
    const secretKey = nodeKey(seed);
    const publicKey = createPublicKey(secretKey);
    const spki = publicKey.export({ format: "der", type: "spki" });
    assert.equal(hex(mldsa44.publicKey(seed)), hex(spki.subarray(-1312)));
    const ours = mldsa44.sign(message, seed, new Uint8Array(0), randomBytes(32));
    assert.ok(crypto.verify(null, message, publicKey, ours));
    assert.ok(mldsa44.verify(crypto.sign(null, message, secretKey), message, spki.subarray(-1312)));
  }
});

test("another message, context, key or signature is refused", () => {
  const [seed, message, context] = [randomBytes(32), randomBytes(100), randomBytes(10)];
  const publicKey = mldsa44.publicKey(seed);
  const signature = mldsa44.sign(message, seed, context);
  const changed = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
  assert.ok(mldsa44.verify(signature, message, publicKey, context));
  assert.ok(!mldsa44.verify(signature, changed(message, 99), publicKey, context));
  assert.ok(!mldsa44.verify(signature, message, publicKey, changed(context, 0)));
  assert.ok(!mldsa44.verify(signature, message, publicKey));
  for (let at = 0; at < publicKey.length; at += 41)
    assert.ok(!mldsa44.verify(signature, message, changed(publicKey, at), context), `byte ${at} of the key`);
  for (let at = 0; at < SIGNATURE; at += 7)
    assert.ok(!mldsa44.verify(changed(signature, at), message, publicKey, context), `byte ${at} of the signature`);
  for (let at = SIGNATURE - 84; at < SIGNATURE; at++)
    assert.ok(!mldsa44.verify(changed(signature, at), message, publicKey, context), `byte ${at} of the signature`);
});

test("a context has 255 bytes at most", () => {
  const [seed, message, context] = [randomBytes(32), randomBytes(100), randomBytes(256)];
  const publicKey = mldsa44.publicKey(seed);
  const longest = context.subarray(0, 255);
  assert.ok(mldsa44.verify(mldsa44.sign(message, seed, longest), message, publicKey, longest));
  // as if the length's lowest byte were all of it
  assert.ok(!mldsa44.verify(mldsa44.sign(message, seed, context), message, publicKey, context));
});
