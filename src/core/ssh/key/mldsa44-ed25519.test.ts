import { test } from "node:test";
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { COMPOSITE, compositeKey, verifyComposite } from "../../../../test/support/composite-key.ts";
import { encode } from "../../../../test/support/ssh/wire.ts";
import { installKernels } from "../../../node/kernels.ts";
import { mldsa44Ed25519 as kind } from "./key-kinds.ts";
import { parsePublicKey } from "./key-types.ts";
import { verifySignature } from "./signature.ts";

installKernels();

const MLDSA_SIGNATURE = 2420;
const NAME = COMPOSITE.length + 8; // bytes before the value in a blob

test("keys and signatures agree with node:crypto's, in both directions", () => {
  for (let i = 0; i < 10; i++) {
    const theirs = compositeKey();
    const message = randomBytes(i * 37);
    const secretKey = kind.fromSeed(theirs.seeds);
    assert.deepEqual(Buffer.from(kind.publicKey(secretKey)), theirs.material);
    assert.deepEqual(Buffer.from(kind.blob(theirs.material)), theirs.blob);
    const value = kind.sign(secretKey, message, randomBytes(32));
    assert.equal(value.length, kind.signatureBytes);
    assert.ok(verifyComposite(theirs.material, message, value));
    assert.ok(verifySignature(parsePublicKey(theirs.blob)!, theirs.sign(message), message));
    assert.ok(verifySignature(parsePublicKey(theirs.blob)!, kind.signatureBlob(value), message));
  }
});

test("both halves must be good, and of this message", () => {
  const [key, other] = [compositeKey(), compositeKey()];
  const message = randomBytes(50);
  const publicKey = parsePublicKey(key.blob)!;
  const [good, foreign] = [key.sign(message), other.sign(message)];
  assert.ok(verifySignature(publicKey, good, message));
  assert.ok(!verifySignature(publicKey, good, randomBytes(50)));
  const border = NAME + MLDSA_SIGNATURE;
  const firstForeign = Buffer.concat([good.subarray(0, NAME), foreign.subarray(NAME, border), good.subarray(border)]);
  const secondForeign = Buffer.concat([good.subarray(0, border), foreign.subarray(border)]);
  assert.ok(!verifySignature(publicKey, firstForeign, message));
  assert.ok(!verifySignature(publicKey, secondForeign, message));
});

test("keys and signatures of wrong lengths are refused", () => {
  const key = compositeKey();
  const message = randomBytes(20);
  const value = key.sign(message).subarray(NAME);
  for (const length of [0, 1, 64, 2420, 2483])
    assert.ok(!verifySignature(parsePublicKey(key.blob)!, encode(COMPOSITE, value.subarray(0, length)), message));
  const longer = Buffer.concat([value, Buffer.alloc(1)]);
  assert.ok(!verifySignature(parsePublicKey(key.blob)!, encode(COMPOSITE, longer), message));
  for (const length of [0, 32, 1312, 1343])
    assert.equal(parsePublicKey(encode(COMPOSITE, key.material.subarray(0, length))), null);
  assert.equal(parsePublicKey(encode(COMPOSITE, Buffer.concat([key.material, Buffer.alloc(1)]))), null);
});

test("neither half is a signature of its own, nor the other way round", () => {
  const key = compositeKey();
  const message = randomBytes(20);
  const second = encode("ssh-ed25519", key.sign(message).subarray(NAME + MLDSA_SIGNATURE));
  assert.ok(!verifySignature(parsePublicKey(encode("ssh-ed25519", key.material.subarray(1312)))!, second, message));
});
