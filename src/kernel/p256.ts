/**
 * P-256 (secp256r1): ECDSA (FIPS 186-5 section 6.4), ECDH (NIST SP 800-56A section 5.7.1.2), and public keys of scalars.
 *
 * Numbers are big-endian, 32 bytes; a public key is 65 bytes, 0x04, x, y (SEC 1 section 2.3.3, uncompressed; the other
 * forms are refused). Signing, ECDH and public keys are constant in time over the scalar.
 */
import { disclosed } from "./disclosure.ts";
import {
  NUMBER,
  addMasked,
  addModulo,
  invertModulo,
  isBelow,
  isZero,
  montgomeryWipe,
  multiplyModulo,
  subtract,
  toMontgomery,
} from "./montgomery.ts";
import { nonceNext, nonceStart, nonceWipe } from "./p256-nonce.ts";
import { POINT, fromAffine, isNeutral, multiplyPoints, pointWipe, toAffine } from "./p256-point.ts";

const UNCOMPRESSED: u8 = 4;

/** The order n of the base point, as src/kernel/montgomery.ts wants a modulus. */
// oxfmt-ignore
const N: usize = memory.data<u64>([
  0xf3b9cac2fc632551, 0xbce6faada7179e84, 0xffffffffffffffff, 0xffffffff00000000,
  0x83244c95be79eea2, 0x4699799c49bd6fa6, 0x2845b2392b6bec59, 0x66e12d94f3d95620,
  0xccd1c8aaee00bc4f,
]);

/** The base point: x, y, little-endian. */
// oxfmt-ignore
const BASE: usize = memory.data<u64>([
  0xf4a13945d898c296, 0x77037d812deb33a0, 0xf8bce6e563a440f2, 0x6b17d1f2e12c4247,
  0xcbb6406837bf51f5, 0x2bce33576b315ece, 0x8ee7eb4a7c0f9e16, 0x4fe342e2fe1a7f9b,
]);

const SCRATCH_BYTES: usize = 8 * NUMBER + 3 * POINT;
const scratch: usize = memory.data(SCRATCH_BYTES as i32);
const affine: usize = scratch;
const sum: usize = affine + 2 * NUMBER;
const points: usize = sum + POINT;
const scalars: usize = points + 2 * POINT;
const r: usize = scalars + 2 * NUMBER;
const s: usize = r + NUMBER;
const d: usize = s + NUMBER;
const e: usize = d + NUMBER;

/**
 * `signature`: 64 bytes, r, then s; `hash`: 32 bytes; `scalar`: 32 bytes, secret. The nonce is made of both and of
 * `extraLength` bytes at `extra`, at most 32: of none for a signature that is always the same. False, and nothing
 * written, unless the scalar is in [1, n - 1].
 */
export function p256Sign(signature: usize, hash: usize, scalar: usize, extra: usize, extraLength: usize): bool {
  reverse(d, scalar);
  const good = disclosed(isScalar(d) as u32) != 0; // of a key that was made well there is nothing to learn
  if (good) {
    reverse(e, hash);
    reduceToScalar(e);
    reverse(signature, e);
    nonceStart(scalar, signature, extra, extraLength);
    fromAffine(points, BASE);
    while (!trySigning()) {}
    reverse(signature, r);
    reverse(signature + NUMBER, s);
  }
  nonceWipe();
  wipe();
  return good;
}

/** r and s by another nonce. False, once in 2^32 times, if the nonce is none or one of them is 0. */
function trySigning(): bool {
  nonceNext(s);
  reverse(scalars, s);
  const inRange = isScalar(scalars);
  multiplyPoints(sum, points, scalars, 1);
  toAffine(affine, sum, false);
  memory.copy(r, affine, NUMBER);
  reduceToScalar(r);

  // s = (e + r d) / k, each product out of Montgomery's form because one factor is.
  toMontgomery(s, d, N);
  multiplyModulo(s, s, r, N);
  addModulo(s, s, e, N);
  toMontgomery(scalars, scalars, N);
  invertModulo(scalars, scalars, N);
  multiplyModulo(s, s, scalars, N);
  return disclosed((inRange as u32) & (((isZero(r) | isZero(s)) ^ 1) as u32)) != 0; // a nonce that is given up is of no use to anybody
}

/** number = number mod n, for any of 256 bits: they are all below 2 n. */
function reduceToScalar(number: usize): void {
  addMasked(number, number, N, -subtract(number, number, N));
}

/** `signature`: r, then s, 32 bytes each; `hash`: 32 bytes. False for any flaw of key or signature as well. */
export function p256Verify(signature: usize, hash: usize, publicKey: usize): bool {
  if (!readPublicKey(points + POINT, publicKey)) return false;
  fromAffine(points, BASE);
  reverse(r, signature);
  reverse(s, signature + NUMBER);
  if (!isScalar(r) || !isScalar(s)) return false;

  // u1 = e / s and u2 = r / s, out of Montgomery's form because one factor is. The hash may pass n: e is any number.
  toMontgomery(s, s, N);
  invertModulo(s, s, N);
  reverse(scalars, hash);
  multiplyModulo(scalars, scalars, s, N);
  multiplyModulo(scalars + NUMBER, r, s, N);

  multiplyPoints(sum, points, scalars, 2);
  if (isNeutral(sum)) return false;
  toAffine(affine, sum, false);
  reduceToScalar(affine);
  subtract(affine, affine, r);
  return isZero(affine) != 0;
}

/**
 * `out`: 32 bytes, x of scalar * publicKey; `scalar`: 32 bytes, secret. False, and `out` is of no use, unless the scalar
 * is in [1, n - 1] and the key is a point of the curve. (The order is a prime: no such point is of small order.)
 */
export function p256Ecdh(out: usize, scalar: usize, publicKey: usize): bool {
  if (!readPublicKey(points, publicKey)) return false;
  const good = multiplyBySecret(scalar, false);
  reverse(out, affine);
  wipe();
  return good;
}

/** `out`: 65 bytes; `scalar`: 32 bytes, secret. False, and `out` is of no use, unless it is in [1, n - 1]. */
export function p256PublicKey(out: usize, scalar: usize): bool {
  fromAffine(points, BASE);
  const good = multiplyBySecret(scalar, true);
  store<u8>(out, UNCOMPRESSED);
  reverse(out + 1, affine);
  reverse(out + 1 + NUMBER, affine + NUMBER);
  wipe();
  return good;
}

/** affine = scalar * the first of `points`. Whether the scalar is valid comes back as a value that no branch has seen. */
function multiplyBySecret(scalar: usize, withY: bool): bool {
  reverse(scalars, scalar);
  multiplyPoints(sum, points, scalars, 1);
  toAffine(affine, sum, withY);
  return isScalar(scalars);
}

/** Whether a number is in [1, n - 1]. */
function isScalar(number: usize): bool {
  return (isBelow(number, N) & (isZero(number) ^ 1)) != 0;
}

/** Reads a public key as a point. False unless it is a point of the curve in the uncompressed form. */
function readPublicKey(point: usize, publicKey: usize): bool {
  if (load<u8>(publicKey) != UNCOMPRESSED) return false;
  reverse(affine, publicKey + 1);
  reverse(affine + NUMBER, publicKey + 1 + NUMBER);
  return fromAffine(point, affine);
}

/** Turns a number of 32 bytes from big-endian into little-endian, or back. `out` must not be `number`. */
function reverse(out: usize, number: usize): void {
  for (let i: usize = 0; i < NUMBER; i += 8) store<u64>(out + i, bswap(load<u64>(number + 24 - i)));
}

function wipe(): void {
  memory.fill(scratch, 0, SCRATCH_BYTES);
  pointWipe();
  montgomeryWipe();
}
