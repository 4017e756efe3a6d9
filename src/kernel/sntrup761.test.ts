import { test } from "node:test";
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { type KeyPair, sntrup761 } from "../../test/support/kems.ts";
import { modelDecapsulate, modelEncapsulate } from "../../test/support/sntrup761-model.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function newKeys(): KeyPair {
  for (;;) {
    const keys = sntrup761.keypair(randomBytes(6279));
    if (keys !== null) return keys;
  }
}

test("what is encapsulated is decapsulated, as the specification's plain arithmetic has it", () => {
  for (let i = 0; i < 5; i++) {
    const { publicKey, secretKey } = newKeys();
    const random = randomBytes(3044);
    const sent = sntrup761.encapsulate(publicKey, random);
    const [ciphertext, secret] = modelEncapsulate(publicKey, random);
    assert.equal(hex(sent.ciphertext), hex(ciphertext));
    assert.equal(hex(sent.secret), hex(secret));
    assert.equal(hex(sntrup761.decapsulate(sent.ciphertext, secretKey)), hex(secret));
    assert.equal(hex(modelDecapsulate(ciphertext, secretKey)), hex(secret));
  }
});

test("a ciphertext that nobody encapsulated gives the secret of implicit rejection", () => {
  const { publicKey, secretKey } = newKeys();
  const { ciphertext, secret } = sntrup761.encapsulate(publicKey, randomBytes(3044));
  const strays = [randomBytes(1039), new Uint8Array(1039), new Uint8Array(1039).fill(255)];
  for (const at of [0, 1, 500, 1005, 1006, 1007, 1020, 1038]) {
    const changed = Uint8Array.from(ciphertext);
    changed[at]! ^= 1;
    strays.push(changed);
  }
  for (const stray of strays) {
    const rejection = hex(sntrup761.decapsulate(stray, secretKey));
    assert.equal(rejection, hex(modelDecapsulate(stray, secretKey)));
    assert.notEqual(rejection, hex(secret));
  }
});

test("a change of any byte of a ciphertext changes the secret", () => {
  const { publicKey, secretKey } = newKeys();
  const { ciphertext, secret } = sntrup761.encapsulate(publicKey, randomBytes(3044));
  const seen = new Set([hex(secret)]);
  for (let at = 0; at < ciphertext.length; at++) {
    const changed = Uint8Array.from(ciphertext);
    changed[at]! ^= 1 << (at & 7);
    seen.add(hex(sntrup761.decapsulate(changed, secretKey)));
  }
  assert.equal(seen.size, ciphertext.length + 1);
});

test("any bytes serve as a public key, and give what the specification's decoding gives", () => {
  const keys = [new Uint8Array(1158), new Uint8Array(1158).fill(255), randomBytes(1158), randomBytes(1158)];
  const random = randomBytes(3044);
  for (const publicKey of keys) {
    const sent = sntrup761.encapsulate(publicKey, random);
    const [ciphertext, secret] = modelEncapsulate(publicKey, random);
    assert.equal(hex(sent.ciphertext), hex(ciphertext));
    assert.equal(hex(sent.secret), hex(secret));
  }
});

test("random words that are all alike, or the extremes, still give a Short polynomial", () => {
  const { publicKey, secretKey } = newKeys();
  const words = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff];
  for (const word of words) {
    const random = Buffer.alloc(3044);
    for (let i = 0; i < 761; i++) random.writeUInt32LE(word, 4 * i);
    const sent = sntrup761.encapsulate(publicKey, random);
    assert.equal(hex(sent.secret), hex(modelEncapsulate(publicKey, random)[1]));
    assert.equal(hex(sntrup761.decapsulate(sent.ciphertext, secretKey)), hex(sent.secret));
  }
});

test("a g without an inverse is said to be one", () => {
  const random = randomBytes(6279);
  // Three times the lower 30 bits, shifted down by 30, less 1: this word gives 0.
  for (let i = 0; i < 761; i++) random.writeUInt32LE(0x20000000, 4 * i);
  assert.equal(sntrup761.keypair(random), null);
  random.writeUInt32LE(0x3fffffff, 0); // g = 1
  assert.notEqual(sntrup761.keypair(random), null);
});
