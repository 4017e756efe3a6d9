import { test } from "node:test";
import assert from "node:assert/strict";
import { createHash, randomBytes, sign, verify } from "node:crypto";
import { ed25519 as noble } from "@noble/curves/ed25519.js";
import { ed25519, fromLittleEndian, littleEndian, nodePrivateKey, nodePublicKey } from "../../test/support/curves.ts";
import { fromHex, toHex } from "../../test/support/vectors.ts";

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const { Point } = noble;

const concat = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));
const sha512 = (...parts: Uint8Array[]): Uint8Array =>
  createHash("sha512")
    .update(concat(...parts))
    .digest();
const modulo = (n: bigint): bigint => ((n % L) + L) % L;
/** k of RFC 8032 section 5.1.7. */
const challenge = (r: Uint8Array, a: Uint8Array, message: Uint8Array): bigint =>
  fromLittleEndian(sha512(r, a, message)) % L;

function withTopBit(point: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(point);
  copy[31]! |= 0x80;
  return copy;
}

/** A key pair with its secret scalar at hand, for signatures that no honest signer makes. */
function keyPair(): { seed: Uint8Array; publicKey: Uint8Array; scalar: bigint } {
  const seed = randomBytes(32);
  return { seed, publicKey: ed25519.publicKey(seed), scalar: noble.utils.getExtendedPublicKey(seed).scalar };
}

/** All eight points of small order: the multiples of one whose order is 8. */
const ORDER_8 = Point.fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");
const SMALL = Array.from({ length: 8 }, (_, i) => (i === 0 ? Point.ZERO : ORDER_8.multiplyUnsafe(BigInt(i))));

/** What lax decoders read as points of small order: y of p or more, and a sign on x = 0. */
const NON_CANONICAL = [
  withTopBit(littleEndian(1n)),
  withTopBit(littleEndian(P - 1n)),
  littleEndian(P),
  withTopBit(littleEndian(P)),
  littleEndian(P + 1n),
  withTopBit(littleEndian(P + 1n)),
];

test("RFC 8032 section 7.1", () => {
  const abc = createHash("sha512").update("abc").digest("hex");
  for (const [seed, publicKey, message, signature] of [
    [
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
      "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
      "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
      "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ],
    [
      "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
      "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ],
    [
      "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
      "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
      abc,
      "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ],
  ] as const) {
    assert.equal(toHex(ed25519.publicKey(fromHex(seed))), publicKey);
    assert.equal(toHex(ed25519.sign(fromHex(message), fromHex(seed + publicKey))), signature);
    assert.ok(ed25519.verify(fromHex(signature), fromHex(message), fromHex(publicKey)));
  }
});

test("random keys and messages: node:crypto's and noble's bytes", () => {
  for (let i = 0; i < 100; i++) {
    const seed = randomBytes(32);
    const message = randomBytes(i);
    const publicKey = ed25519.publicKey(seed);
    const signature = ed25519.sign(message, concat(seed, publicKey));
    assert.equal(toHex(publicKey), toHex(noble.getPublicKey(seed)));
    assert.equal(toHex(signature), sign(null, message, nodePrivateKey("ed25519", seed)).toString("hex"));
    assert.equal(toHex(signature), toHex(noble.sign(message, seed)));
    assert.ok(ed25519.verify(signature, message, publicKey));
  }
});

test("one key and messages of every length up to three blocks: node:crypto's bytes", () => {
  const { seed, publicKey } = keyPair();
  const key = nodePrivateKey("ed25519", seed);
  for (let length = 0; length <= 400; length++) {
    const message = randomBytes(length);
    const signature = ed25519.sign(message, concat(seed, publicKey));
    assert.equal(toHex(signature), sign(null, message, key).toString("hex"), `${length} bytes`);
    assert.equal(verify(null, message, nodePublicKey("ed25519", publicKey), signature), true);
  }
});

test("any one bit changed, of signature, message or public key, is refused", () => {
  const { seed, publicKey } = keyPair();
  const message = randomBytes(8);
  const signature = ed25519.sign(message, concat(seed, publicKey));
  const all = concat(signature, message, publicKey);
  for (let bit = 0; bit < all.length * 8; bit++) {
    const changed = Uint8Array.from(all);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(
      ed25519.verify(changed.subarray(0, 64), changed.subarray(64, 72), changed.subarray(72)),
      false,
      `${bit}`,
    );
  }
});

test("S must be below L: S + L and S + 2 L satisfy the equation and are refused", () => {
  const { seed, publicKey } = keyPair();
  const message = randomBytes(20);
  const signature = ed25519.sign(message, concat(seed, publicKey));
  const s = fromLittleEndian(signature.subarray(32));
  for (const other of [s + L, s + 2n * L, s + 14n * L, 2n ** 256n - 1n])
    assert.equal(ed25519.verify(concat(signature.subarray(0, 32), littleEndian(other)), message, publicKey), false);
});

test("public keys of small order are refused though the equation holds for them", () => {
  const s = 12345n;
  const r = Point.BASE.multiply(s).toBytes();
  for (const [i, point] of SMALL.entries()) {
    const publicKey = point.toBytes();
    assert.ok(point.isSmallOrder());
    // About one message in eight has k A = 0; then R = S B is what a verifier without this check accepts.
    let forged = 0;
    for (let n = 0n; forged < 3; n++) {
      const message = littleEndian(n);
      if ((challenge(r, publicKey, message) * BigInt(i)) % 8n !== 0n) continue;
      forged++;
      assert.equal(ed25519.verify(concat(r, littleEndian(s)), message, publicKey), false, `point ${i}`);
    }
  }
});

test("encodings of public keys that are not canonical are refused", () => {
  const s = 12345n;
  const r = Point.BASE.multiply(s).toBytes();
  for (const publicKey of NON_CANONICAL)
    for (let n = 0n; n < 32n; n++)
      assert.equal(ed25519.verify(concat(r, littleEndian(s)), littleEndian(n), publicKey), false, toHex(publicKey));
  // All of y in [p, 2^255), with either sign.
  for (let y = P; y < 2n ** 255n; y++)
    for (const publicKey of [littleEndian(y), withTopBit(littleEndian(y))])
      assert.equal(ed25519.verify(concat(r, littleEndian(s)), new Uint8Array(0), publicKey), false);
});

test("bytes that are no point at all are refused", () => {
  let none = 0;
  for (let y = 2n; none < 20; y++) {
    const publicKey = littleEndian(y);
    try {
      Point.fromBytes(publicKey);
    } catch {
      none++;
      assert.equal(ed25519.verify(new Uint8Array(64), new Uint8Array(0), publicKey), false, `y = ${y}`);
    }
  }
});

test("R of small order is refused, in every encoding, but for the neutral element's own", () => {
  const { publicKey, scalar } = keyPair();
  const message = randomBytes(10);
  const canonical = SMALL.slice(1).map((point) => point.toBytes());
  for (const r of [...canonical, ...NON_CANONICAL]) {
    // S B - k A is the neutral element, which differs from R by a point of small order, or in its encoding alone.
    const s = modulo(challenge(r, publicKey, message) * scalar);
    assert.equal(ed25519.verify(concat(r, littleEndian(s)), message, publicKey), false, toHex(r));
  }
  // R = 0 is what RFC 8032 computes, and only who holds the key can make it.
  const r = Point.ZERO.toBytes();
  const s = modulo(challenge(r, publicKey, message) * scalar);
  assert.equal(ed25519.verify(concat(r, littleEndian(s)), message, publicKey), true);
});

test("public keys of mixed order: cofactorless, with node:crypto's verdicts", () => {
  const { publicKey, scalar } = keyPair();
  const verdicts = new Set<boolean>();
  for (const small of SMALL.slice(1)) {
    const mixed = Point.fromBytes(publicKey).add(small).toBytes();
    const r = Point.BASE.multiply(77n).toBytes();
    for (let n = 0n; n < 16n; n++) {
      const message = littleEndian(n);
      const s = modulo(77n + challenge(r, mixed, message) * scalar);
      const signature = concat(r, littleEndian(s));
      const verdict = ed25519.verify(signature, message, mixed);
      assert.equal(verdict, verify(null, message, nodePublicKey("ed25519", mixed), signature));
      verdicts.add(verdict);
    }
  }
  assert.equal(verdicts.size, 2, "some of them hold, some do not");
});
