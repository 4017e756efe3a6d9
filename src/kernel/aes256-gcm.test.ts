import { test } from "node:test";
import assert from "node:assert/strict";
import { createCipheriv, randomBytes, randomInt } from "node:crypto";
import { loadKernels } from "../node/kernels.ts";

const k = loadKernels();

/** Seals a packet, whose first 4 bytes stay in the clear, by node:crypto. */
function theirs(packet: Buffer, key: Buffer, nonce: Buffer): Buffer {
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(packet.subarray(0, 4));
  return Buffer.concat([packet.subarray(0, 4), cipher.update(packet.subarray(4)), cipher.final(), cipher.getAuthTag()]);
}

const lengths = [
  4,
  5,
  19,
  20,
  21,
  36,
  67,
  68,
  69,
  84,
  132,
  1500,
  33040,
  ...Array.from({ length: 40 }, () => randomInt(4, 600)),
];

test("AES-256-GCM seals and opens as node:crypto does", () => {
  for (const length of lengths) {
    const [packet, key, nonce] = [randomBytes(length), randomBytes(32), randomBytes(12)];
    const expected = theirs(packet, key, nonce);
    const at = k.place(Buffer.concat([packet, Buffer.alloc(16)]));
    const [keyAt, nonceAt] = [k.place(key), k.place(nonce)];
    k.exports.aes256GcmSeal(at, length, 4, keyAt, nonceAt);
    assert.deepEqual(Buffer.from(k.read(at, length + 16)), expected, `${length} bytes`);
    assert.ok(k.exports.aes256GcmOpen(at, length, 4, keyAt, nonceAt));
    assert.deepEqual(Buffer.from(k.read(at, length)), packet, `${length} bytes`);
    k.release();
  }
});

test("one changed bit anywhere is refused, and nothing decrypted", () => {
  const [key, nonce] = [randomBytes(32), randomBytes(12)];
  const sealed = theirs(randomBytes(100), key, nonce);
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Buffer.from(sealed);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    const at = k.place(changed);
    assert.ok(!k.exports.aes256GcmOpen(at, 100, 4, k.place(key), k.place(nonce)), `bit ${bit}`);
    assert.deepEqual(Buffer.from(k.read(at, 116)), changed);
    k.release();
  }
});
