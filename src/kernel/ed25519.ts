/**
 * Ed25519, RFC 8032 section 5.1 (pure: no context, no prehash).
 *
 * Making keys and signing are constant in time over seed and secret key; a message's time depends on its length alone.
 * Verification is of public values, and is cofactorless: it wants the one encoding of R that SB - kA has. It refuses
 * S >= L, and public keys that are not in their canonical encoding or of small order.
 */
import {
  POINT,
  addAddend,
  decodePoint,
  doublePoint,
  edwardsWipe,
  encodePoint,
  isSmallOrder,
  negateAddendIf,
  negatePoint,
  setNeutral,
  toAddend,
} from "./edwards25519.ts";
import { addComb, baseWipe, combDigits, multiplyBase } from "./edwards25519-base.ts";
import { fieldWipe } from "./field25519.ts";
import { clamp, isScalar, multiplyAdd, reduceWide } from "./scalar25519.ts";
import { SHA512_STATE, sha512, sha512Final, sha512Init, sha512Update } from "./sha512.ts";

const SCRATCH_BYTES: usize = 64 + 64 + 32 + 64 + POINT;
const scratch: usize = memory.data(SCRATCH_BYTES as i32);
/** SHA-512 of the seed: the secret scalar, then the prefix that makes nonces. */
const expanded: usize = scratch;
const wide: usize = expanded + 64;
const nonce: usize = wide + 64;
const made: usize = nonce + 32;
const point: usize = made + 64;

const state: usize = memory.data(SHA512_STATE as i32);

/** Odd multiples of a public key, 1 to 15, ready to be added; one of them, with its sign; and a point for a while. */
const MULTIPLES: i32 = 8;
const MULTIPLES_BYTES: usize = (MULTIPLES as usize) * POINT;
const multiples: usize = memory.data(MULTIPLES_BYTES as i32);
const multiple: usize = memory.data(POINT as i32);
const other: usize = memory.data(POINT as i32);

/** Digits of k in its non-adjacent form: odd, -15 to 15, or 0. */
const NAF_WIDTH: i32 = 5;
const NAF_MASK: u32 = 31;
const NAF_DIGITS: i32 = 256;
const naf: usize = memory.data(NAF_DIGITS);

/** `out`, `seed` (secret): 32 bytes. RFC 8032 section 5.1.5. */
export function ed25519PublicKey(out: usize, seed: usize): void {
  sha512(expanded, seed, 32);
  clamp(expanded, expanded);
  multiplyBase(point, expanded);
  encodePoint(out, point);
  wipe();
}

/**
 * `out`: 64 bytes; `secretKey`: seed (secret), then public key, 64 bytes. RFC 8032 section 5.1.6.
 * The public key must be the seed's: signatures of one message under two public keys give the secret scalar away.
 */
export function ed25519Sign(out: usize, message: usize, length: usize, secretKey: usize): void {
  sha512(expanded, secretKey, 32);
  clamp(expanded, expanded);

  sha512Init(state);
  sha512Update(state, expanded + 32, 32);
  sha512Update(state, message, length);
  sha512Final(state, wide);
  reduceWide(nonce, wide); // r
  multiplyBase(point, nonce);
  encodePoint(made, point); // R

  hashChallenge(wide, made, secretKey + 32, message, length); // k
  multiplyAdd(made + 32, expanded, wide, nonce); // S = r + k s
  memory.copy(out, made, 64);
  wipe();
}

/** `signature`: 64 bytes; `publicKey`: 32 bytes. RFC 8032 section 5.1.7, as strict as the head of this file says. */
export function ed25519Verify(signature: usize, message: usize, length: usize, publicKey: usize): bool {
  if (!isScalar(signature + 32)) return false;
  if (!decodePoint(point, publicKey)) return false;
  memory.copy(other, point, POINT);
  if (isSmallOrder(other)) return false;
  negatePoint(point);
  makeMultiples();

  hashChallenge(wide, signature, publicKey, message, length);
  recode();
  combDigits(signature + 32);
  setNeutral(point);
  for (let i = NAF_DIGITS - 1; i >= 0; i--) {
    const digit = load<i8>(naf + (i as usize)) as i32;
    const inComb = i < 64;
    doublePoint(point, digit != 0 || inComb);
    if (digit != 0) addMultiple(digit, inComb);
    if (inComb) addComb(point, i);
  }
  encodePoint(made, point);
  for (let i: usize = 0; i < 32; i++) if (load<u8>(made + i) != load<u8>(signature + i)) return false;
  return true;
}

/** out = SHA-512(R || A || M) mod L. */
function hashChallenge(out: usize, r: usize, publicKey: usize, message: usize, length: usize): void {
  sha512Init(state);
  sha512Update(state, r, 32);
  sha512Update(state, publicKey, 32);
  sha512Update(state, message, length);
  sha512Final(state, wide);
  reduceWide(out, wide);
}

/** Fills `multiples` with 1, 3, ... 15 times `point`, which it changes. */
function makeMultiples(): void {
  toAddend(multiples, point);
  memory.copy(other, point, POINT);
  doublePoint(other, true);
  toAddend(multiple, other);
  for (let i = 1; i < MULTIPLES; i++) {
    addAddend(point, multiple, true);
    toAddend(multiples + (i as usize) * POINT, point);
  }
}

/** Adds digit * A to `point`. */
function addMultiple(digit: i32, withT: bool): void {
  memory.copy(multiple, multiples + ((abs(digit) >> 1) as usize) * POINT, POINT);
  negateAddendIf(multiple, digit < 0 ? ~0 : 0);
  addAddend(point, multiple, withT);
}

/** Writes a scalar below L, at `wide`, as digits: each odd one is followed by four zeros at least. */
function recode(): void {
  memory.fill(wide + 32, 0, 32);
  memory.fill(naf, 0, NAF_DIGITS);
  let carry: u32 = 0;
  for (let i = 0; i < NAF_DIGITS;) {
    const bits = (load<u16>(wide + ((i >> 3) as usize)) as u32) >> ((i & 7) as u32);
    if ((bits & 1) == carry) {
      i++;
      continue;
    }
    const digit = (bits & NAF_MASK) + carry;
    carry = digit >> (NAF_WIDTH - 1);
    store<i8>(naf + (i as usize), (digit - (carry << NAF_WIDTH)) as i8);
    i += NAF_WIDTH;
  }
}

function wipe(): void {
  memory.fill(scratch, 0, SCRATCH_BYTES);
  edwardsWipe();
  baseWipe();
  fieldWipe();
}
