/** Wycheproof's vectors of P-256: ECDSA with signatures as r and s and as DER, which only this test reads, and ECDH. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { bigEndian, p256 } from "../support/curves.ts";
import { fromHex, toHex, wycheproofTest } from "../support/vectors.ts";

interface Signed {
  msg: string;
  sig: string;
}

interface Signer {
  publicKey: { uncompressed: string };
}

const SIGNATURE = 2 * 64;
const UNCOMPRESSED = 2 * 65;
const LIMIT = 2n ** 256n;

function verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  return p256.verify(signature, createHash("sha256").update(message).digest(), publicKey);
}

wycheproofTest<Signed, Signer>("ecdsa_secp256r1_sha256_p1363_test", (v, group, tally) => {
  if (v.sig.length !== SIGNATURE) {
    assert.equal(v.result, "invalid");
    return tally.leftOut("wrong lengths, which are refused before");
  }
  const verdict = verify(fromHex(v.sig), fromHex(v.msg), fromHex(group.publicKey.uncompressed));
  assert.equal(verdict, v.result === "valid", `test ${v.tcId}`);
  tally.ran();
});

wycheproofTest<Signed, Signer>("ecdsa_secp256r1_sha256_test", (v, group, tally) => {
  const signature = fromDer(fromHex(v.sig));
  if (signature === null) {
    assert.equal(v.result, "invalid", `test ${v.tcId}`);
    return tally.leftOut("not DER, or numbers of the wrong size");
  }
  const verdict = verify(signature, fromHex(v.msg), fromHex(group.publicKey.uncompressed));
  assert.equal(verdict, v.result === "valid", `test ${v.tcId}`);
  tally.ran();
});

wycheproofTest<{ public: string; private: string; shared: string }>("ecdh_secp256r1_ecpoint_test", (v, _, tally) => {
  if (v.public.length !== UNCOMPRESSED) {
    assert.notEqual(v.result, "valid");
    return tally.leftOut("compressed points and other lengths, which are refused before");
  }
  const scalar = bigEndian(BigInt(`0x${v.private}`));
  const secret = p256.sharedSecret(scalar, fromHex(v.public));
  if (v.result === "valid") assert.equal(toHex(secret!), v.shared, `test ${v.tcId}`);
  else assert.equal(secret, null, `test ${v.tcId}`);
  tally.ran();
});

/** r and s of SEQUENCE { INTEGER, INTEGER } in strict DER (X.690 section 10), 32 bytes each; `null` for anything else. */
function fromDer(der: Uint8Array): Uint8Array | null {
  // Both numbers fit in 33 bytes, so every length is one byte.
  if (der[0] !== 0x30 || der[1] !== der.length - 2) return null;
  const [r, afterR] = integer(der, 2);
  const [s, afterS] = integer(der, afterR);
  if (r === null || s === null || afterS !== der.length) return null;
  return Uint8Array.from(Buffer.concat([bigEndian(r), bigEndian(s)]));
}

function integer(der: Uint8Array, at: number): [bigint | null, next: number] {
  const length = der[at + 1] ?? 0;
  const body = der.subarray(at + 2, at + 2 + length);
  if (der[at] !== 0x02 || length === 0 || length > 33 || body.length !== length) return [null, at];
  const isPadded = length > 1 && body[0] === 0 && body[1]! < 0x80;
  const value = BigInt(`0x${toHex(body)}`);
  return body[0]! >= 0x80 || isPadded || value >= LIMIT ? [null, at] : [value, at + 2 + length];
}
