/**
 * Arithmetic modulo an odd number of up to 256 bits, in Montgomery's form, for P-256 (its field and its group order)
 * and for scalars mod L of Curve25519. Constant in time. Small rather than fast.
 *
 * A number is 32 bytes, little-endian; R is 2^256. A modulus is three numbers, one behind the other: m, below
 * R - 2^193; R^2 mod m; and of -1/m mod 2^64 only the one word. Everything may be done in place.
 */
import { multiplyHigh } from "./multiply.ts";

/** Bytes of a number. */
export const NUMBER: usize = 32;

const R_SQUARED: usize = 32;
const NEGATIVE_INVERSE: usize = 64;

const ONE: usize = memory.data<u64>([1, 0, 0, 0]);

const PRODUCT: usize = 2 * NUMBER + 8;
const SCRATCH_BYTES: usize = PRODUCT + 2 * NUMBER;
const scratch: usize = memory.data(SCRATCH_BYTES as i32);
const product: usize = scratch;
const square: usize = scratch + PRODUCT;
const exponent: usize = square + NUMBER;

/** out = a + (b if mask is all ones, 0 if it is 0); returns the carry, 0 or 1. */
export function addMasked(out: usize, a: usize, b: usize, mask: u64): u64 {
  let carry: u64 = 0;
  for (let i: usize = 0; i < NUMBER; i += 8) {
    const term = load<u64>(b + i) & mask;
    const sum = load<u64>(a + i) + term;
    const total = sum + carry;
    carry = u64(sum < term) | u64(total < sum);
    store<u64>(out + i, total);
  }
  return carry;
}

/** out = a - b; returns the borrow, 0 or 1. */
export function subtract(out: usize, a: usize, b: usize): u64 {
  let borrow: u64 = 0;
  for (let i: usize = 0; i < NUMBER; i += 8) {
    const from = load<u64>(a + i);
    const difference = from - load<u64>(b + i);
    const total = difference - borrow;
    borrow = u64(difference > from) | u64(total > difference);
    store<u64>(out + i, total);
  }
  return borrow;
}

/** out = a if carry * R + a < m, else that minus m. */
function reduceOnce(out: usize, a: usize, carry: u64, m: usize): void {
  const borrow = subtract(out, a, m);
  addMasked(out, out, m, -(borrow & (carry ^ 1)));
}

/** out = a + b mod m, for a, b < m. */
export function addModulo(out: usize, a: usize, b: usize, m: usize): void {
  reduceOnce(out, out, addMasked(out, a, b, ~0), m);
}

/** out = a - b mod m, for a, b < m. */
export function subtractModulo(out: usize, a: usize, b: usize, m: usize): void {
  addMasked(out, out, m, -subtract(out, a, b));
}

/**
 * out = a b / R mod m, for a < R and b < m, by Montgomery's reduction: for each word of a, add that word times b, then
 * the multiple of m that makes the lowest word zero, and go up by that word. What stands above it stays below b + m.
 */
export function multiplyModulo(out: usize, a: usize, b: usize, m: usize): void {
  memory.fill(product, 0, PRODUCT);
  for (let i: usize = 0; i < NUMBER; i += 8) {
    const window = product + i;
    const top = load<u64>(window, NUMBER) + accumulate(window, load<u64>(a + i), b);
    const carry = accumulate(window, load<u64>(window) * load<u64>(m, NEGATIVE_INVERSE), m);
    store<u64>(window, top + carry, NUMBER);
    store<u64>(window, u64(top + carry < carry), NUMBER + 8);
  }
  reduceOnce(out, product + NUMBER, load<u64>(product, 2 * NUMBER), m);
}

/** Adds factor * b to the four words at `sum`; returns the word that goes above them. */
function accumulate(sum: usize, factor: u64, b: usize): u64 {
  let carry: u64 = 0;
  for (let j: usize = 0; j < NUMBER; j += 8) {
    const word = load<u64>(b + j);
    const low = factor * word;
    const partial = low + carry;
    const total = partial + load<u64>(sum + j);
    carry = multiplyHigh(factor, word) + u64(partial < low) + u64(total < partial);
    store<u64>(sum + j, total);
  }
  return carry;
}

/** out = a R mod m, for any a < R. */
export function toMontgomery(out: usize, a: usize, m: usize): void {
  multiplyModulo(out, a, m + R_SQUARED, m);
}

/** out = a / R mod m, for any a < R. */
export function fromMontgomery(out: usize, a: usize, m: usize): void {
  multiplyModulo(out, a, ONE, m);
}

/** out = 1 / a mod m, both in Montgomery's form, and 0 for 0: a^(m - 2), by Fermat, so m must be a prime. */
export function invertModulo(out: usize, a: usize, m: usize): void {
  memory.copy(exponent, m, NUMBER);
  store<u64>(exponent, load<u64>(m) - 2); // no borrow: the lowest words of the primes here are above 2
  memory.copy(square, a, NUMBER);
  toMontgomery(out, ONE, m);
  for (let i = 0; i < 256; i++) {
    // Which bits are set in m - 2 is public.
    if ((load<u8>(exponent + ((i >> 3) as usize)) >> ((i & 7) as u8)) & 1) multiplyModulo(out, out, square, m);
    multiplyModulo(square, square, square, m);
  }
}

/** 1 if a < m, else 0. */
export function isBelow(a: usize, m: usize): u64 {
  return subtract(product, a, m);
}

/** 1 if a = 0, else 0. */
export function isZero(a: usize): u64 {
  const bits = load<u64>(a) | load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24);
  return ((bits | -bits) >> 63) ^ 1;
}

/** Wipes what the functions above left behind. */
export function montgomeryWipe(): void {
  memory.fill(scratch, 0, SCRATCH_BYTES);
}
