/** Wycheproof's vectors of AES-GCM: those with keys of 256 bits and nonces of 96, which are what SSH has. */
import assert from "node:assert/strict";
import { loadKernels } from "../../src/node/kernels.ts";
import { fromHex, toHex, wycheproofTest } from "../support/vectors.ts";

const k = loadKernels();

wycheproofTest<{ key: string; iv: string; aad: string; msg: string; ct: string; tag: string }>(
  "aes_gcm_test",
  (v, _, tally) => {
    if (v.key.length !== 64) return tally.leftOut("keys that aren't 256 bits long");
    if (v.iv.length !== 24) return tally.leftOut("nonces that aren't 96 bits long");
    const associated = v.aad.length / 2;
    const length = associated + v.msg.length / 2;
    const [key, nonce] = [k.place(fromHex(v.key)), k.place(fromHex(v.iv))];
    const sealed = k.place(fromHex(v.aad + v.ct + v.tag));
    const good = k.exports.aes256GcmOpen(sealed, length, associated, key, nonce) !== 0;
    assert.equal(good, v.result === "valid", `test ${v.tcId}`);
    assert.equal(toHex(k.read(sealed, length)), v.aad + (good ? v.msg : v.ct), `test ${v.tcId}, opened`);
    const plain = k.place(fromHex(v.aad + v.msg + "00".repeat(16)));
    k.exports.aes256GcmSeal(plain, length, associated, key, nonce);
    const expected = v.aad + v.ct + v.tag;
    assert.equal(toHex(k.read(plain, length + 16)) === expected, good, `test ${v.tcId}, sealed`);
    k.release();
    tally.ran();
  },
);
