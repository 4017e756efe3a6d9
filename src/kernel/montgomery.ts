/**
 * Arithmetic modulo an odd number of up to 256 bits, in Montgomery's form, for P-256 (its field and its group order)
 * and for scalars mod L of Curve25519. Constant in time. Small rather than fast.
 *
 * A number is 32 bytes, little-endian; R is 2^256. A modulus is MODULUS bytes, all little-endian:
 *   0  m, 32 bytes     32  R^2 mod m, 32 bytes     64  -1/m mod 2^32, 4 bytes
 * Everything may be done in place.
 */

/** Bytes of a number. */
export const NUMBER: usize = 32;

const R_SQUARED: usize = 32;
const NEGATIVE_INVERSE: usize = 64;

const ONE: usize = memory.data<u32>([1, 0, 0, 0, 0, 0, 0, 0]);

const PRODUCT: usize = NUMBER + 4;
const SCRATCH_BYTES: usize = PRODUCT + 2 * NUMBER;
const scratch: usize = memory.data(SCRATCH_BYTES as i32);
const product: usize = scratch;
const square: usize = scratch + PRODUCT;
const exponent: usize = square + NUMBER;

/** out = a + (b if mask is -1, 0 if it is 0); returns the carry, 0 or 1. */
export function addMasked(out: usize, a: usize, b: usize, mask: u32): u32 {
  let carry: u64 = 0;
  for (let i: usize = 0; i < NUMBER; i += 4) {
    carry += (load<u32>(a + i) as u64) + ((load<u32>(b + i) & mask) as u64);
    store<u32>(out + i, carry as u32);
    carry >>= 32;
  }
  return carry as u32;
}

/** out = a - b; returns the borrow, 0 or 1. */
export function subtract(out: usize, a: usize, b: usize): u32 {
  let borrow: i64 = 0;
  for (let i: usize = 0; i < NUMBER; i += 4) {
    borrow += (load<u32>(a + i) as i64) - (load<u32>(b + i) as i64);
    store<u32>(out + i, borrow as u32);
    borrow >>= 32;
  }
  return (borrow as u32) & 1;
}

/** out = a if carry * R + a < m, else that minus m. */
function reduceOnce(out: usize, a: usize, carry: u32, m: usize): void {
  const borrow = subtract(out, a, m);
  addMasked(out, out, m, -(borrow & (carry ^ 1)));
}

/** out = a + b mod m, for a, b < m. */
export function addModulo(out: usize, a: usize, b: usize, m: usize): void {
  reduceOnce(out, out, addMasked(out, a, b, -1), m);
}

/** out = a - b mod m, for a, b < m. */
export function subtractModulo(out: usize, a: usize, b: usize, m: usize): void {
  addMasked(out, out, m, -subtract(out, a, b));
}

/**
 * out = a b / R mod m, for a < R and b < m. Montgomery's product with the reduction in the same loop: for each word of a,
 * add that word times b, and the multiple of m that makes the lowest word zero; drop that word.
 */
export function multiplyModulo(out: usize, a: usize, b: usize, m: usize): void {
  const negativeInverse = load<u32>(m, NEGATIVE_INVERSE);
  memory.fill(product, 0, PRODUCT);
  for (let i: usize = 0; i < NUMBER; i += 4) {
    const word = load<u32>(a + i) as u64;
    let sum = (load<u32>(product) as u64) + word * (load<u32>(b) as u64);
    const factor = ((sum as u32) * negativeInverse) as u64;
    let reduced = ((sum & 0xffffffff) + factor * (load<u32>(m) as u64)) >> 32;
    for (let j: usize = 4; j < NUMBER; j += 4) {
      sum = (sum >> 32) + (load<u32>(product + j) as u64) + word * (load<u32>(b + j) as u64);
      reduced += (sum & 0xffffffff) + factor * (load<u32>(m + j) as u64);
      store<u32>(product + j - 4, reduced as u32);
      reduced >>= 32;
    }
    sum = (sum >> 32) + (load<u32>(product, 32) as u64) + reduced;
    store<u32>(product, sum as u32, 28);
    store<u32>(product, (sum >> 32) as u32, 32);
  }
  reduceOnce(out, product, load<u32>(product, 32), m);
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
  store<u32>(exponent, load<u32>(m) - 2); // no borrow: the lowest words of the primes here are above 2
  memory.copy(square, a, NUMBER);
  toMontgomery(out, ONE, m);
  for (let i = 0; i < 256; i++) {
    // Which bits are set in m - 2 is public.
    if ((load<u8>(exponent + ((i >> 3) as usize)) >> ((i & 7) as u8)) & 1) multiplyModulo(out, out, square, m);
    multiplyModulo(square, square, square, m);
  }
}

/** 1 if a < m, else 0. */
export function isBelow(a: usize, m: usize): u32 {
  return subtract(product, a, m);
}

/** 1 if a = 0, else 0. */
export function isZero(a: usize): u32 {
  let bits: u64 = 0;
  for (let i: usize = 0; i < NUMBER; i += 4) bits |= load<u32>(a + i) as u64;
  return ((bits - 1) >> 63) as u32;
}

/** Wipes what the functions above left behind. */
export function montgomeryWipe(): void {
  memory.fill(scratch, 0, SCRATCH_BYTES);
}
