/** The reference implementation's round trips, a half of them with a changed ciphertext. */
import assert from "node:assert/strict";
import { sntrup761 } from "../support/kems.ts";
import { fromHex, toHex, vectorTest } from "../support/vectors.ts";

interface Vector {
  keyRandom: string;
  encapsRandom: string;
  publicKey: string;
  secretKey: string;
  changed: boolean;
  ciphertext: string;
  sharedKeyOfSender: string;
  sharedKeyOfReceiver: string;
}

vectorTest<{ vectors: Vector[] }>(
  "sntrup761.json",
  (data) => data.vectors.length,
  (data, tally) => {
    for (const v of data.vectors) {
      const keys = sntrup761.keypair(fromHex(v.keyRandom));
      assert.ok(keys);
      assert.equal(toHex(keys.publicKey), v.publicKey);
      assert.equal(toHex(keys.secretKey), v.secretKey);
      const sent = sntrup761.encapsulate(keys.publicKey, fromHex(v.encapsRandom));
      assert.equal(toHex(sent.ciphertext) === v.ciphertext, !v.changed);
      assert.equal(toHex(sent.secret), v.sharedKeyOfSender);
      assert.equal(toHex(sntrup761.decapsulate(fromHex(v.ciphertext), keys.secretKey)), v.sharedKeyOfReceiver);
      assert.equal(v.sharedKeyOfReceiver === v.sharedKeyOfSender, !v.changed);
      tally.ran();
    }
  },
);
