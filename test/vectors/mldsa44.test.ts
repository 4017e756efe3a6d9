/**
 * Vectors of ML-DSA-44: NIST's known answers and Wycheproof's. The kernel takes no lengths but a context's, so vectors
 * that only have another wrong one are left out.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { PUBLIC_KEY, SECRET_KEY, SIGNATURE, mldsa44 } from "../support/mldsa44.ts";
import { fromHex, toHex, vectorTest, wycheproofTest } from "../support/vectors.ts";

const WRONG_LENGTH = "wrong lengths, which are refused before";
const LONG_CONTEXT = "contexts of more than 255 bytes, which nobody signs with";

const sha3 = (bytes: Uint8Array): string => createHash("sha3-256").update(bytes).digest("hex");

interface KnownAnswer {
  key_generation_seed: string;
  sha3_256_hash_of_verification_key: string;
  sha3_256_hash_of_signing_key: string;
  message: string;
  signing_randomness: string;
  sha3_256_hash_of_signature: string;
}

vectorTest<KnownAnswer[]>(
  "nistkats-44.json",
  (all) => all.length,
  (all, tally) => {
    all.forEach((v, i) => {
      const seed = fromHex(v.key_generation_seed);
      const message = fromHex(v.message);
      const publicKey = mldsa44.publicKey(seed);
      assert.equal(sha3(publicKey), v.sha3_256_hash_of_verification_key, `public key ${i}`);
      assert.equal(sha3(mldsa44.secretKey(seed)), v.sha3_256_hash_of_signing_key, `secret key ${i}`);
      const signature = mldsa44.sign(message, seed, new Uint8Array(0), fromHex(v.signing_randomness));
      assert.equal(sha3(signature), v.sha3_256_hash_of_signature, `signature ${i}`);
      assert.ok(mldsa44.verify(signature, message, publicKey));
      tally.ran();
    });
  },
);

interface SignVector {
  msg?: string;
  /** Missing where there is none. */
  mu?: string;
  ctx?: string;
  rnd?: string;
  sig: string;
  flags: string[];
}

const random = (v: SignVector): Uint8Array => fromHex(v.rnd ?? "00".repeat(32));

wycheproofTest<SignVector, { privateSeed: string; publicKey: string }>(
  "mldsa_44_sign_seed_test",
  (v, { privateSeed, publicKey }, tally) => {
    const seed = fromHex(privateSeed);
    if (seed.length !== 32) return tally.leftOut(WRONG_LENGTH);
    if (v.mu === undefined) return tally.leftOut(LONG_CONTEXT);
    assert.equal(v.result, "valid");
    assert.equal(toHex(mldsa44.publicKey(seed)), publicKey, `test ${v.tcId}`);
    if (v.msg === undefined) {
      const signature = mldsa44.signEncoded(fromHex(v.mu), mldsa44.secretKey(seed), random(v));
      assert.equal(signature && toHex(signature), v.sig, `test ${v.tcId}`);
    } else {
      const signature = mldsa44.sign(fromHex(v.msg), seed, fromHex(v.ctx ?? ""), random(v));
      assert.equal(toHex(signature), v.sig, `test ${v.tcId}`);
    }
    tally.ran();
  },
);

wycheproofTest<SignVector, { privateKey: string }>("mldsa_44_sign_noseed_test", (v, { privateKey }, tally) => {
  const secretKey = fromHex(privateKey);
  if (secretKey.length !== SECRET_KEY) return tally.leftOut(WRONG_LENGTH);
  if (v.mu === undefined) return tally.leftOut(LONG_CONTEXT);
  const signature = mldsa44.signEncoded(fromHex(v.mu), secretKey, random(v));
  assert.equal(signature && toHex(signature), v.result === "valid" ? v.sig : null, `test ${v.tcId}`);
  tally.ran();
});

wycheproofTest<{ msg: string; ctx?: string; sig: string }, { publicKey: string }>(
  "mldsa_44_verify_test",
  (v, group, tally) => {
    const [publicKey, signature] = [fromHex(group.publicKey), fromHex(v.sig)];
    if (publicKey.length !== PUBLIC_KEY || signature.length !== SIGNATURE) {
      assert.equal(v.result, "invalid");
      return tally.leftOut(WRONG_LENGTH);
    }
    const good = mldsa44.verify(signature, fromHex(v.msg), publicKey, fromHex(v.ctx ?? ""));
    assert.equal(good, v.result === "valid", `test ${v.tcId}`);
    tally.ran();
  },
);
