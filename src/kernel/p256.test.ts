import { test } from "node:test";
import assert from "node:assert/strict";
import { createECDH, createHash, createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from "node:crypto";
import { p256 as noble } from "@noble/curves/nist.js";
import { bigEndian, p256 } from "../../test/support/curves.ts";
import { fromHex, toHex } from "../../test/support/vectors.ts";

const P = noble.Point.Fp.ORDER;
const N = noble.Point.Fn.ORDER;
const { Point } = noble;
const G = Point.BASE.toBytes(false);

const concat = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));
const sha256 = (message: Uint8Array): Uint8Array => createHash("sha256").update(message).digest();
const number = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes)}`);
const modulo = (n: bigint): bigint => ((n % N) + N) % N;
const uncompressed = (x: bigint, y: bigint): Uint8Array => concat(Uint8Array.of(4), bigEndian(x), bigEndian(y));
const randomScalar = (): bigint => 1n + (number(randomBytes(32)) % (N - 1n));
const publicKeyOf = (scalar: bigint): Uint8Array => Point.BASE.multiply(scalar).toBytes(false);

/** ECDSA as FIPS 186-5 section 6.4.1 has it, with the nonce in the test's hands. */
function signature(secret: bigint, nonce: bigint, hash: Uint8Array): [r: bigint, s: bigint] {
  const r = modulo(Point.BASE.multiply(nonce).x);
  return [r, modulo(Point.Fn.inv(nonce) * (number(hash) + r * secret))];
}

function isValid(r: bigint, s: bigint, hash: Uint8Array, publicKey: Uint8Array): boolean {
  return p256.verify(concat(bigEndian(r), bigEndian(s)), hash, publicKey);
}

test("random keys: public keys and shared secrets are node:crypto's", () => {
  for (let i = 0; i < 50; i++) {
    const theirs = createECDH("prime256v1");
    theirs.generateKeys();
    const scalar = bigEndian(randomScalar());
    const ours = createECDH("prime256v1");
    ours.setPrivateKey(scalar);
    assert.equal(toHex(p256.publicKey(scalar)!), ours.getPublicKey("hex"));
    const secret = ours.computeSecret(theirs.getPublicKey()).toString("hex");
    assert.equal(toHex(p256.sharedSecret(scalar, theirs.getPublicKey())!), secret);
  }
});

test("scalars at the edges, where additions meet equal points, opposite ones and the neutral element", () => {
  const edges = [1n, 2n, 3n, 15n, 16n, 17n, 32n, 2n ** 128n, 2n ** 255n, N / 2n, N / 2n + 1n, N - 17n, N - 2n, N - 1n];
  const other = randomScalar();
  for (const scalar of edges) {
    assert.equal(toHex(p256.publicKey(bigEndian(scalar))!), toHex(publicKeyOf(scalar)), `${scalar}`);
    const x = Point.BASE.multiply(modulo(scalar * other)).x;
    assert.equal(toHex(p256.sharedSecret(bigEndian(scalar), publicKeyOf(other))!), toHex(bigEndian(x)), `${scalar}`);
  }
});

test("scalars outside of [1, n - 1] are refused", () => {
  for (const scalar of [0n, N, N + 1n, P, 2n ** 256n - 1n]) {
    assert.equal(p256.publicKey(bigEndian(scalar)), null);
    assert.equal(p256.sharedSecret(bigEndian(scalar), G), null);
  }
});

test("public keys that are not points of the curve, or in another form, are refused", () => {
  const { x, y } = Point.BASE.multiply(randomScalar());
  const scalar = bigEndian(randomScalar());
  const hash = sha256(randomBytes(8));
  // x = 5 is on the curve, and so small that x + p has 256 bits as well.
  const small = Point.fromHex(`02${toHex(bigEndian(5n))}`);
  assert.ok(p256.sharedSecret(scalar, uncompressed(5n, small.y)));
  const good = uncompressed(x, y);
  const otherForms = [0, 1, 2, 3, 5, 6, 7, 0x84, 0xff].map((first) => {
    const copy = Uint8Array.from(good);
    copy[0] = first;
    return copy;
  });
  for (const publicKey of [
    uncompressed(0n, 0n), // as some write the neutral element
    new Uint8Array(65),
    uncompressed(x, y ^ 1n),
    uncompressed(x ^ 1n, y),
    uncompressed(y, x),
    uncompressed(5n + P, small.y),
    uncompressed(P, y),
    uncompressed(x, P),
    uncompressed(2n ** 256n - 1n, 2n ** 256n - 1n),
    ...otherForms,
  ]) {
    assert.equal(p256.sharedSecret(scalar, publicKey), null, toHex(publicKey));
    assert.equal(isValid(1n, 1n, hash, publicKey), false, toHex(publicKey));
  }
  assert.ok(p256.sharedSecret(scalar, good));
});

test("node:crypto's signatures hold, and with any one bit changed they do not", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const key = publicKey.export({ format: "der", type: "spki" }).subarray(-65);
  for (let i = 0; i < 30; i++) {
    const message = randomBytes(i);
    const made = sign("sha256", message, { key: privateKey, dsaEncoding: "ieee-p1363" });
    assert.ok(p256.verify(made, sha256(message), key));
  }
  const hash = sha256(randomBytes(10));
  const secret = randomScalar();
  const [r, s] = signature(secret, randomScalar(), hash);
  const all = concat(bigEndian(r), bigEndian(s), hash, publicKeyOf(secret));
  assert.ok(p256.verify(all.subarray(0, 64), all.subarray(64, 96), all.subarray(96)));
  for (let bit = 0; bit < all.length * 8; bit++) {
    const changed = Uint8Array.from(all);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(p256.verify(changed.subarray(0, 64), changed.subarray(64, 96), changed.subarray(96)), false);
  }
});

test("r and s must be in [1, n - 1], also where the equation holds mod n", () => {
  const hash = sha256(randomBytes(10));
  const secret = randomScalar();
  const key = publicKeyOf(secret);
  const [r, s] = signature(secret, randomScalar(), hash);
  assert.ok(isValid(r, s, hash, key));
  assert.ok(isValid(r, N - s, hash, key)); // ECDSA has two signatures of everything
  for (const wrong of [0n, N, N + 1n, 2n ** 256n - 1n]) {
    assert.equal(isValid(wrong, s, hash, key), false);
    assert.equal(isValid(r, wrong, hash, key), false);
    assert.equal(isValid(wrong, wrong, hash, key), false);
  }
  // Small r and s, of which r + n and s + n have 256 bits too: x = 5 is a point's, whose logarithm nobody needs to know:
  // with R = (5, y), Q = (s R - e G) / r holds for any s and e.
  const R = Point.fromHex(`02${toHex(bigEndian(5n))}`);
  const e = number(hash) % N;
  const Q = R.multiply(3n).subtract(Point.BASE.multiply(e)).multiply(Point.Fn.inv(5n)).toBytes(false);
  assert.ok(isValid(5n, 3n, hash, Q));
  assert.equal(isValid(5n + N, 3n, hash, Q), false);
  assert.equal(isValid(5n, 3n + N, hash, Q), false);
});

test("an x between n and p counts mod n", () => {
  let x = N;
  let R;
  for (; !R; x++) {
    try {
      R = Point.fromHex(`02${toHex(bigEndian(x))}`);
    } catch {}
  }
  const r = R.x - N;
  assert.ok(r >= 0n && R.x < P);
  const hash = sha256(randomBytes(10));
  const e = number(hash) % N;
  const s = randomScalar();
  const Q = R.multiply(s).subtract(Point.BASE.multiply(e)).multiply(Point.Fn.inv(r)).toBytes(false);
  assert.ok(isValid(r, s, hash, Q));
});

test("a hash of n or more counts mod n", () => {
  const secret = randomScalar();
  for (const hash of [0n, 1n, N - 1n, N, N + 1n, 2n ** 256n - 1n].map(bigEndian)) {
    const [r, s] = signature(secret, randomScalar(), hash);
    assert.ok(isValid(r, s, hash, publicKeyOf(secret)));
    assert.ok(
      noble.verify(concat(bigEndian(r), bigEndian(s)), hash, publicKeyOf(secret), { prehash: false, lowS: false }),
    );
  }
});

test("sums that meet equal points, opposite ones and the neutral element", () => {
  const hash = sha256(randomBytes(10));
  for (const secret of [1n, 2n, 3n, N - 1n, N - 2n, randomScalar()]) {
    const key = publicKeyOf(secret);
    for (const nonce of [1n, 2n, N - 1n, randomScalar()]) {
      const [r, s] = signature(secret, nonce, hash);
      assert.ok(isValid(r, s, hash, key), `secret ${secret}, nonce ${nonce}`);
    }
    // u1 G + u2 Q = 0, where e = -r d: no x to compare, whatever r is.
    const r = randomScalar();
    const opposite = bigEndian(modulo(-r * secret));
    assert.equal(isValid(r, randomScalar(), opposite, key), false);
  }
});

test("RFC 6979's signatures, appendix A.2.5", () => {
  const scalar = fromHex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
  const expected = {
    sample:
      "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716" +
      "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    test:
      "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367" +
      "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
  };
  for (const [message, made] of Object.entries(expected))
    assert.equal(toHex(p256.sign(sha256(Buffer.from(message)), scalar)!), made);
});

test("signatures are noble's, with further bytes and without, and node:crypto accepts them", () => {
  const hashes = [0n, 1n, N - 1n, N, N + 1n, 2n ** 256n - 1n].map(bigEndian);
  const scalars = [1n, 2n, N - 1n, N / 2n].map(bigEndian);
  for (let i = 0; i < 30; i++) {
    const scalar = scalars[i] ?? bigEndian(randomScalar());
    const message = randomBytes(i);
    const hash = hashes[i] ?? sha256(message);
    for (const extra of [new Uint8Array(0), randomBytes(32), randomBytes(1 + i)]) {
      const made = p256.sign(hash, scalar, extra)!;
      const options = { prehash: false, lowS: false, extraEntropy: extra.length > 0 ? Uint8Array.from(extra) : false };
      assert.equal(toHex(made), toHex(noble.sign(hash, scalar, options)));
      assert.ok(p256.verify(made, hash, noble.getPublicKey(scalar, false)));
      if (i < hashes.length) continue;
      const spki = `3059301306072a8648ce3d020106082a8648ce3d030107034200${toHex(noble.getPublicKey(scalar, false))}`;
      const key = createPublicKey({ key: Buffer.from(fromHex(spki)), format: "der", type: "spki" });
      assert.ok(verify("sha256", message, { key, dsaEncoding: "ieee-p1363" }, made));
    }
  }
});

test("nothing is signed with a scalar outside of [1, n - 1]", () => {
  for (const scalar of [0n, N, N + 1n, 2n ** 256n - 1n])
    for (const hash of [bigEndian(0n), sha256(randomBytes(4))]) assert.equal(p256.sign(hash, bigEndian(scalar)), null);
});
