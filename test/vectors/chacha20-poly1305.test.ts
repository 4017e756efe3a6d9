/**
 * Wycheproof's vectors of RFC 8439's AEAD, which is put together here from the same kernels as OpenSSH's packet form.
 */
import assert from "node:assert/strict";
import { loadKernels } from "../../src/node/kernels.ts";
import { fromHex, toHex, wycheproofTest } from "../support/vectors.ts";

const k = loadKernels();

/** XORs `data` with the key stream of RFC 8439: its nonce's first word is the upper half of the kernels' counter. */
function xor(data: Uint8Array, key: Uint8Array, nonce: Buffer, block: number): Uint8Array {
  const at = k.place(data);
  const counter = (BigInt(nonce.readUInt32LE(0)) << 32n) | BigInt(block);
  k.exports.chacha20Simd(at, data.length, k.place(key), k.place(nonce.subarray(4)), counter);
  const result = k.read(at, data.length);
  k.release();
  return result;
}

const padding = (bytes: Uint8Array): Uint8Array => new Uint8Array((16 - (bytes.length % 16)) % 16);

/** RFC 8439 section 2.8: both texts padded to 16 bytes, then both lengths. */
function tagOf(ciphertext: Uint8Array, associated: Uint8Array, key: Uint8Array, nonce: Buffer): string {
  const lengths = Buffer.alloc(16);
  lengths.writeUInt32LE(associated.length, 0);
  lengths.writeUInt32LE(ciphertext.length, 8);
  const message = Buffer.concat([associated, padding(associated), ciphertext, padding(ciphertext), lengths]);
  const out = k.reserve(16);
  const tagKey = k.place(xor(new Uint8Array(32), key, nonce, 0));
  k.exports.poly1305(out, k.place(message), message.length, tagKey);
  const tag = toHex(k.read(out, 16));
  k.release();
  return tag;
}

wycheproofTest<{ key: string; iv: string; aad: string; msg: string; ct: string; tag: string }>(
  "chacha20_poly1305_test",
  (v, _, tally) => {
    if (v.iv.length !== 24) return tally.leftOut("nonces that aren't 12 bytes long");
    const [key, ciphertext] = [fromHex(v.key), fromHex(v.ct)];
    const nonce = Buffer.from(v.iv, "hex");
    const accepted = tagOf(ciphertext, fromHex(v.aad), key, nonce) === v.tag;
    assert.equal(accepted, v.result === "valid", `test ${v.tcId}`);
    if (accepted) {
      assert.equal(toHex(xor(ciphertext, key, nonce, 1)), v.msg, `test ${v.tcId}, decrypted`);
      assert.equal(toHex(xor(fromHex(v.msg), key, nonce, 1)), v.ct, `test ${v.tcId}, encrypted`);
    }
    tally.ran();
  },
);
