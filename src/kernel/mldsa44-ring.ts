/**
 * The arithmetic of ML-DSA, FIPS 204: polynomials with 256 coefficients mod q = 8380417, how they are transformed,
 * multiplied, and compared with a bound. Constant in time.
 *
 * A polynomial is 256 u32 (POLYNOMIAL bytes). Coefficients are reduced, in [0, q), but for those of a transformed
 * polynomial, which are below 18q, and of a sum of products, below 16q. A product is of Montgomery's kind: it carries a
 * factor 2^-32, which `inverseNtt` takes away; so nothing is transformed back but products.
 */
import { POLYNOMIAL } from "./polynomial.ts";

export const Q: u32 = 8380417;
/** -1/q mod 2^32. */
const NEGATIVE_INVERSE: u32 = 4236238847;
/** The primitive 512th root of unity, zeta, and 1: both times 2^32 mod q. */
const ROOT: u32 = 2091667;
const ONE: u32 = 4193792;
/** 2^64 / 256 mod q. */
const SCALE: u32 = 41978;
/** More than any coefficient of a sum of products. */
const SUM_BOUND: u32 = 16 * Q;

/** u32[256]: 2^32 zeta^BitRev8(i), FIPS 204 section 2.5. */
const zetas: usize = memory.data(256 * 4);

/** x / 2^32 mod q, below 2q, for x < 2^32 q. */
function reduceProduct(x: u64): u32 {
  const multiple = (x as u32) * NEGATIVE_INVERSE;
  return ((x + (multiple as u64) * Q) >> 32) as u32;
}

function product(a: u32, b: u32): u32 {
  return reduceProduct((a as u64) * b);
}

/** x mod q, below 2q, for any x: 2^23 = 2^13 - 1 mod q. */
function fold(x: u32): u32 {
  return (x & 0x7fffff) + (x >> 23) * 8191;
}

/** x mod q for x in [-q, q). */
export function wrap(x: u32): u32 {
  return x + (Q & (0 - (x >> 31)));
}

/** Must run before any transform. It is cheaper than a table would be large. */
export function prepareZetas(): void {
  store<u32>(zetas, ONE);
  let exponent = 128; // of the next index that is a power of two: its only bit, reversed
  for (let count: usize = 1; count < 256; count *= 2) {
    let power = ONE;
    for (let i = 0; i < exponent; i++) power = wrap(product(power, ROOT) - Q);
    for (let i: usize = 0; i < count; i++)
      store<u32>(zetas + 4 * (count + i), wrap(product(power, load<u32>(zetas + 4 * i)) - Q));
    exponent /= 2;
  }
}

/** f = f + g, both reduced. */
export function add(f: usize, g: usize): void {
  for (let i: usize = 0; i < POLYNOMIAL; i += 4) store<u32>(f + i, wrap(load<u32>(f + i) + load<u32>(g + i) - Q));
}

/** f = f - g, both reduced. */
export function subtract(f: usize, g: usize): void {
  for (let i: usize = 0; i < POLYNOMIAL; i += 4) store<u32>(f + i, wrap(load<u32>(f + i) - load<u32>(g + i)));
}

/** Takes each coefficient x to b - x: from what is packed, where nothing is negative, to what it stands for, or back. */
export function reflect(f: usize, b: u32): void {
  for (let i: usize = 0; i < POLYNOMIAL; i += 4) store<u32>(f + i, wrap(b - load<u32>(f + i)));
}

/** Algorithm 41, NTT, in place. */
export function ntt(f: usize): void {
  let zeta = zetas;
  for (let half: usize = 512; half >= 4; half /= 2) {
    for (let start = f; start < f + POLYNOMIAL; start += 2 * half) {
      zeta += 4;
      const factor = load<u32>(zeta);
      for (let a = start; a < start + half; a += 4) {
        const t = product(factor, load<u32>(a + half));
        const u = load<u32>(a);
        store<u32>(a + half, u + 2 * Q - t);
        store<u32>(a, u + t); // each of the 8 layers adds less than 2q
      }
    }
  }
}

/** Algorithm 42, the inverse of NTT, in place, of a sum of products; the result is reduced. */
export function inverseNtt(f: usize): void {
  let zeta = zetas + 4 * 256;
  for (let half: usize = 4; half <= 512; half *= 2) {
    for (let start = f; start < f + POLYNOMIAL; start += 2 * half) {
      zeta -= 4;
      const factor = load<u32>(zeta);
      for (let a = start; a < start + half; a += 4) {
        const t = load<u32>(a);
        const u = load<u32>(a + half);
        store<u32>(a, fold(t + u));
        store<u32>(a + half, product(factor, u + SUM_BOUND - t));
      }
    }
  }
  for (let i: usize = 0; i < POLYNOMIAL; i += 4) store<u32>(f + i, wrap(product(SCALE, load<u32>(f + i)) - Q));
}

/** f = g * h, both transformed. */
export function multiply(f: usize, g: usize, h: usize): void {
  for (let i: usize = 0; i < POLYNOMIAL; i += 4) store<u32>(f + i, product(load<u32>(g + i), load<u32>(h + i)));
}

/** sum = sum + g * h, both transformed; a sum has up to 8 products. */
export function addProduct(sum: usize, g: usize, h: usize): void {
  for (let i: usize = 0; i < POLYNOMIAL; i += 4) {
    const term = product(load<u32>(g + i), load<u32>(h + i));
    store<u32>(sum + i, load<u32>(sum + i) + term);
  }
}

/** 1 if any coefficient of a reduced polynomial, taken from (-q/2, q/2], is as far from 0 as `bound`; otherwise 0. */
export function reaches(f: usize, bound: u32): u32 {
  let excess: u32 = 0;
  for (let i: usize = 0; i < POLYNOMIAL; i += 4) {
    const shifted = wrap(load<u32>(f + i) + (bound - 1) - Q); // those that are nearer are now the smallest
    excess |= 2 * (bound - 1) - shifted;
  }
  return excess >> 31;
}
