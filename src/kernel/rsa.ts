/**
 * RSA's public-key operation (RFC 8017 section 5.1.1) for RSAES-OAEP with SHA-256 and MGF1 over it (section 7.1.1): how a
 * secret reaches a TPM whose parent key is RSA. Constant in time over the message and the seed; the lengths, the label
 * and the public key are known to all. Small rather than fast.
 *
 * There is no operation with a private key: those stay in the TPM.
 */
import { multiplyHigh } from "./multiply.ts";
import { sha256, sha256Final, sha256Init, sha256Update } from "./sha256.ts";

const HASH: usize = 32;
/** Bytes of a modulus: of 2048, 3072 and 4096 bits. */
const SHORTEST: usize = 256;
const STEP: usize = 128;
const LONGEST: usize = 512;

const hashState: usize = memory.data(104);
const mask: usize = memory.data(32);
const count: usize = memory.data(4);

/** Numbers of up to LONGEST bytes, little-endian; `encoded`, the padded message, is big-endian, then the power so far. */
const SCRATCH_BYTES: usize = 6 * LONGEST + 8;
const scratch: usize = memory.data(SCRATCH_BYTES as i32, 16);
const encoded: usize = scratch;
const power: usize = encoded;
const m: usize = encoded + LONGEST;
const x: usize = m + LONGEST;
const xMontgomery: usize = x + LONGEST;
const product: usize = xMontgomery + LONGEST;

/**
 * Encrypts `length` bytes at `message` to `modulusLength` at `out`: big-endian, as the modulus is. `seed`: 32 random
 * bytes, secret. False, and nothing written, if the message is longer than `modulusLength` - 66 or the public key is
 * none: its modulus not odd or not of exactly 2048, 3072 or 4096 bits, its exponent not odd or below 3.
 */
export function rsaOaepSha256(
  out: usize,
  modulus: usize,
  modulusLength: usize,
  exponent: u32,
  message: usize,
  length: usize,
  label: usize,
  labelLength: usize,
  seed: usize,
): bool {
  if (modulusLength < SHORTEST || modulusLength > LONGEST || modulusLength % STEP != 0) return false;
  if (load<u8>(modulus) < 0x80 || !(load<u8>(modulus + modulusLength - 1) & 1)) return false;
  if (exponent < 3 || !(exponent & 1)) return false;
  if (length > modulusLength - 2 * HASH - 2) return false;
  encode(modulusLength, message, length, label, labelLength, seed);
  reverse(x, encoded, modulusLength);
  reverse(m, modulus, modulusLength);
  raise(exponent, modulusLength);
  reverse(out, power, modulusLength);
  memory.fill(scratch, 0, SCRATCH_BYTES);
  memory.fill(mask, 0, HASH);
  return true;
}

/** Section 7.1.1, step 2: 0, the masked seed, and the masked block of the label's hash, zeros, 1 and the message. */
function encode(size: usize, message: usize, length: usize, label: usize, labelLength: usize, seed: usize): void {
  const block = encoded + 1 + HASH;
  const blockLength = size - 1 - HASH;
  memory.fill(encoded, 0, size);
  memory.copy(encoded + 1, seed, HASH);
  sha256(block, label, labelLength);
  store<u8>(encoded + size - length - 1, 1);
  memory.copy(encoded + size - length, message, length);
  maskBy(block, blockLength, encoded + 1, HASH);
  maskBy(encoded + 1, HASH, block, blockLength);
}

/** XORs `length` bytes at `data` with MGF1 of a seed (appendix B.2.1): hashes of it and a count. */
function maskBy(data: usize, length: usize, seed: usize, seedLength: usize): void {
  for (let at: usize = 0; at < length; at += HASH) {
    store<u32>(count, bswap<u32>((at / HASH) as u32));
    sha256Init(hashState);
    sha256Update(hashState, seed, seedLength);
    sha256Update(hashState, count, 4);
    sha256Final(hashState, mask);
    const n = length - at < HASH ? length - at : HASH;
    for (let i: usize = 0; i < n; i++) store<u8>(data + at + i, load<u8>(data + at + i) ^ load<u8>(mask + i));
  }
}

/**
 * power = x^exponent mod m, from the exponent's second bit down. R is 2 to the power of the modulus's bits. The last bit
 * is set: its factor, out of Montgomery's form, takes the result out of it as well.
 */
function raise(exponent: u32, length: usize): void {
  memory.copy(xMontgomery, x, length);
  for (let bit: usize = 0; bit < 8 * length; bit++) {
    const carry = accumulate(xMontgomery, 1, xMontgomery, length);
    reduceOnce(xMontgomery, xMontgomery, carry, length);
  }
  const inverse = negativeInverse(load<u64>(m));
  memory.copy(power, xMontgomery, length);
  for (let bit = 30 - clz<u32>(exponent); (bit as i32) >= 0; bit--) {
    multiply(power, power, power, length, inverse);
    if ((exponent >> bit) & 1) multiply(power, power, bit == 0 ? x : xMontgomery, length, inverse);
  }
}

/** -1 / word mod 2^64, of an odd word: it is its own inverse to 3 bits, and each step doubles how many are right. */
function negativeInverse(word: u64): u64 {
  let inverse = word;
  for (let bits = 3; bits < 64; bits <<= 1) inverse *= 2 - word * inverse;
  return -inverse;
}

/**
 * out = a b / R mod m, for a, b < m: as `multiplyModulo` of src/kernel/montgomery.ts, of which the fixed length makes
 * faster and smaller code.
 */
function multiply(out: usize, a: usize, b: usize, length: usize, inverse: u64): void {
  memory.fill(product, 0, 2 * length + 8);
  for (let i: usize = 0; i < length; i += 8) {
    const window = product + i;
    const above = load<u64>(window + length);
    const first = above + accumulate(window, load<u64>(a + i), b, length);
    const second = accumulate(window, load<u64>(window) * inverse, m, length);
    store<u64>(window + length, first + second);
    store<u64>(window + length + 8, u64(first < above) + u64(first + second < second)); // together at most 1
  }
  reduceOnce(out, product + length, load<u64>(product + 2 * length), length);
}

/** sum += factor * b; returns the word that goes above it. */
function accumulate(sum: usize, factor: u64, b: usize, length: usize): u64 {
  let carry: u64 = 0;
  for (let j: usize = 0; j < length; j += 8) {
    const word = load<u64>(b + j);
    const low = factor * word;
    const partial = low + carry;
    const total = partial + load<u64>(sum + j);
    carry = multiplyHigh(factor, word) + u64(partial < low) + u64(total < partial);
    store<u64>(sum + j, total);
  }
  return carry;
}

/** out = a if carry * R + a < m, else that minus m. */
function reduceOnce(out: usize, a: usize, carry: u64, length: usize): void {
  let borrow: u64 = 0;
  for (let i: usize = 0; i < length; i += 8) {
    const from = load<u64>(a + i);
    const difference = from - load<u64>(m + i);
    const total = difference - borrow;
    borrow = u64(difference > from) | u64(total > difference);
    store<u64>(out + i, total);
  }
  accumulate(out, borrow & (carry ^ 1), m, length);
}

/** Turns a number from big-endian into little-endian, or back. `out` must not be `number`. */
function reverse(out: usize, number: usize, length: usize): void {
  for (let i: usize = 0; i < length; i += 8) store<u64>(out + i, bswap(load<u64>(number + length - 8 - i)));
}
