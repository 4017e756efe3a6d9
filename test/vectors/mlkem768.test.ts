/** Wycheproof's vectors of ML-KEM-768. The kernel takes no lengths, so those that only have a wrong one are left out. */
import assert from "node:assert/strict";
import { mlkem768 } from "../support/kems.ts";
import { type Tally, fromHex, toHex, wycheproofTest } from "../support/vectors.ts";

/** Hexadecimal digits. */
const SEED = 2 * 64;
const PUBLIC_KEY = 2 * 1184;
const SECRET_KEY = 2 * 2400;
const CIPHERTEXT = 2 * 1088;

/** True, and counted, if an operand has a length that the caller of the kernel has to refuse. */
function refusedForLength(good: boolean, result: string, tally: Tally): boolean {
  if (good) return false;
  assert.equal(result, "invalid");
  tally.leftOut("wrong lengths, which are refused before");
  return true;
}

wycheproofTest<{ seed: string; ek: string; dk: string }>("mlkem_768_keygen_seed_test", (v, _, tally) => {
  const keys = mlkem768.keypair(fromHex(v.seed));
  assert.equal(toHex(keys.publicKey), v.ek, `test ${v.tcId}`);
  assert.equal(toHex(keys.secretKey), v.dk, `test ${v.tcId}`);
  tally.ran();
});

wycheproofTest<{ ek: string; m: string; c: string; K: string }>("mlkem_768_encaps_test", (v, _, tally) => {
  if (refusedForLength(v.ek.length === PUBLIC_KEY, v.result, tally)) return;
  const sent = mlkem768.encapsulate(fromHex(v.ek), fromHex(v.m));
  if (v.result === "valid") {
    assert.ok(sent);
    assert.equal(toHex(sent.ciphertext), v.c, `test ${v.tcId}`);
    assert.equal(toHex(sent.secret), v.K, `test ${v.tcId}`);
  } else assert.equal(sent, null, `test ${v.tcId}`);
  tally.ran();
});

wycheproofTest<{ seed: string; ek: string; c: string; K: string }>("mlkem_768_test", (v, _, tally) => {
  if (refusedForLength(v.seed.length === SEED && v.c.length === CIPHERTEXT, v.result, tally)) return;
  assert.equal(v.result, "valid");
  const keys = mlkem768.keypair(fromHex(v.seed));
  assert.equal(toHex(keys.publicKey), v.ek, `test ${v.tcId}`);
  assert.equal(toHex(mlkem768.decapsulate(fromHex(v.c), keys.secretKey)!), v.K, `test ${v.tcId}`);
  tally.ran();
});

wycheproofTest<{ dk: string; c: string; K: string }>("mlkem_768_semi_expanded_decaps_test", (v, _, tally) => {
  if (refusedForLength(v.dk.length === SECRET_KEY && v.c.length === CIPHERTEXT, v.result, tally)) return;
  const secret = mlkem768.decapsulate(fromHex(v.c), fromHex(v.dk));
  if (v.result === "valid") {
    assert.ok(secret);
    assert.equal(toHex(secret), v.K, `test ${v.tcId}`);
  } else assert.equal(secret, null, `test ${v.tcId}`);
  tally.ran();
});
