/**
 * The arithmetic of ML-KEM, FIPS 203 section 4: polynomials with 256 coefficients mod q = 3329, and how they are
 * sampled, transformed, multiplied and compressed (polynomial.ts writes them as bytes). Functions have the names of the standard's
 * algorithms. Constant in time, but for `sampleNtt`, whose seed is public.
 *
 * A polynomial is 256 u32 (POLYNOMIAL bytes). Two sizes of coefficient occur:
 *   reduced  in [0, q); products also take decoded ones, in [0, 2^12)
 *   small    in [q - 2, q + 2]: a sample of noise
 * There are no negative numbers and no Montgomery form: a 64-bit product gives the exact quotient by q.
 */
import {
  SHAKE128_RATE,
  SHAKE256_RATE,
  SHAKE_SUFFIX,
  SPONGE,
  absorb,
  finish,
  spongeStart,
  squeezeBlock,
} from "./keccak.ts";
import { POLYNOMIAL } from "./polynomial.ts";

const Q: u32 = 3329;
/** The primitive 256th root of unity, zeta. */
const ROOT: u32 = 17;
/** 1/128 mod q. */
const INVERSE_128: u32 = 3303;
/** ceil(2^43 / q). It exceeds 2^43 / q by less than 2^12 / q, so that `quotient` is exact below 2^31. */
const RECIPROCAL: u64 = 2642262849;
const RECIPROCAL_BITS: u64 = 43;

/** u16[128]: zeta^BitRev7(i), section 4.3. */
const zetas: usize = memory.data(128 * 2);
const sponge: usize = memory.data(SPONGE);
const nonce: usize = memory.data(2);
const SEED_BYTES: usize = 32;

/** floor(x / q), for x < 2^31. */
function quotient(x: u32): u32 {
  return (((x as u64) * RECIPROCAL) >> RECIPROCAL_BITS) as u32;
}

/** x mod q, for x < 2^31. */
function reduce(x: u32): u32 {
  return x - Q * quotient(x);
}

/** Must run before any product or transform. It is cheaper than a table would be large. */
export function prepareZetas(): void {
  store<u16>(zetas, 1);
  let exponent = 64; // of the next index that is a power of two: its only bit, reversed
  for (let count: usize = 1; count < 128; count *= 2) {
    let power: u32 = 1;
    for (let i = 0; i < exponent; i++) power = reduce(power * ROOT);
    for (let i: usize = 0; i < count; i++)
      store<u16>(zetas + 2 * (count + i), reduce(power * load<u16>(zetas + 2 * i)) as u16);
    exponent /= 2;
  }
}

/** Wipes what sampling leaves behind. */
export function wipeSampler(): void {
  memory.fill(sponge, 0, SPONGE);
}

/** f = f + g. */
export function add(f: usize, g: usize): void {
  for (let i: usize = 0; i < POLYNOMIAL; i += 4) store<u32>(f + i, load<u32>(f + i) + load<u32>(g + i));
}

/** f = g - f, where f is reduced. */
export function subtractFrom(f: usize, g: usize): void {
  for (let i: usize = 0; i < POLYNOMIAL; i += 4) store<u32>(f + i, load<u32>(g + i) + Q - load<u32>(f + i));
}

/** True if all coefficients are below q; they are below 2^12. */
export function isReduced(f: usize): bool {
  let excess: u32 = 0;
  for (let i: usize = 0; i < POLYNOMIAL; i += 4) excess |= Q - 1 - load<u32>(f + i);
  return excess >> 31 == 0;
}

/** Compress_d of each coefficient, section 4.2.1: round(2^d / q * x) mod 2^d, for x < 2^20. */
export function compress(f: usize, d: u32): void {
  const mask: u32 = (1 << d) - 1;
  for (let i: usize = 0; i < POLYNOMIAL; i += 4) store<u32>(f + i, quotient((load<u32>(f + i) << d) + Q / 2) & mask);
}

/** Decompress_d of each coefficient, section 4.2.1: round(q / 2^d * y). */
export function decompress(f: usize, d: u32): void {
  const half: u32 = (1 << d) >> 1;
  for (let i: usize = 0; i < POLYNOMIAL; i += 4) store<u32>(f + i, (load<u32>(f + i) * Q + half) >> d);
}

/** Algorithm 7, SampleNTT: a uniform, reduced polynomial from the 32 bytes at `seed`, which are public, and two more. */
export function sampleNtt(f: usize, seed: usize, first: u8, second: u8): void {
  store<u8>(nonce, first, 0);
  store<u8>(nonce, second, 1);
  startOutput(SHAKE128_RATE, seed, 2);
  const end = f + POLYNOMIAL;
  while (f < end) {
    squeezeBlock(sponge); // 56 times three bytes
    for (let at = sponge; at < sponge + SHAKE128_RATE && f < end; at += 3) {
      const low = (load<u16>(at) as u32) & 0xfff;
      const high = (load<u16>(at, 1) as u32) >> 4;
      if (low < Q) {
        store<u32>(f, low);
        f += 4;
      }
      if (high < Q && f < end) {
        store<u32>(f, high);
        f += 4;
      }
    }
  }
}

/**
 * Algorithm 8, SamplePolyCBD with eta = 2, of PRF (section 4.1) over the 32 bytes at `seed` and one more: a small
 * polynomial. Each coefficient is the sum of two bits less the sum of the next two.
 */
export function samplePolyCbd(f: usize, seed: usize, number: u8): void {
  store<u8>(nonce, number);
  startOutput(SHAKE256_RATE, seed, 1);
  squeezeBlock(sponge); // 64 * eta bytes are needed, and it has 136
  for (let i: usize = 0; i < 128; i++) {
    const bits = load<u8>(sponge + i) as u32;
    const sums = (bits & 0x55) + ((bits >> 1) & 0x55);
    store<u32>(f, Q + (sums & 3) - ((sums >> 2) & 3), 0);
    store<u32>(f, Q + ((sums >> 4) & 3) - (sums >> 6), 4);
    f += 8;
  }
}

/** Gives SHAKE the seed and the first `count` bytes at `nonce`. */
function startOutput(rate: u32, seed: usize, count: usize): void {
  spongeStart(sponge, rate);
  absorb(sponge, seed, SEED_BYTES);
  absorb(sponge, nonce, count);
  finish(sponge, SHAKE_SUFFIX);
}

/** Algorithm 9, NTT, in place: of a small or reduced polynomial; the result is reduced. */
export function ntt(f: usize): void {
  let zeta = zetas;
  for (let half: usize = 512; half >= 8; half /= 2) {
    for (let start = f; start < f + POLYNOMIAL; start += 2 * half) {
      zeta += 2;
      const factor = load<u16>(zeta) as u32;
      for (let a = start; a < start + half; a += 4) {
        const b = a + half;
        const t = reduce(factor * load<u32>(b));
        const u = load<u32>(a);
        store<u32>(b, u + Q - t);
        store<u32>(a, u + t); // each of the 7 layers adds less than q
      }
    }
  }
  scale(f, 1);
}

/** Algorithm 10, the inverse of NTT, in place: of a reduced polynomial; the result is reduced. */
export function inverseNtt(f: usize): void {
  let zeta = zetas + 2 * 128;
  let bound = Q; // of the coefficients: each layer doubles it, to 128q
  for (let half: usize = 8; half <= 512; half *= 2) {
    for (let start = f; start < f + POLYNOMIAL; start += 2 * half) {
      zeta -= 2;
      const factor = load<u16>(zeta) as u32;
      for (let a = start; a < start + half; a += 4) {
        const b = a + half;
        const t = load<u32>(a);
        const u = load<u32>(b);
        store<u32>(a, t + u);
        store<u32>(b, reduce(factor * (u + bound - t)));
      }
    }
    bound *= 2;
  }
  scale(f, INVERSE_128);
}

/** f = factor * f, reduced. */
function scale(f: usize, factor: u32): void {
  for (let i: usize = 0; i < POLYNOMIAL; i += 4) store<u32>(f + i, reduce(factor * load<u32>(f + i)));
}

/** sum = sum + f * g, reduced, all transformed: Algorithms 11 and 12, MultiplyNTTs and BaseCaseMultiply. */
export function addProduct(sum: usize, f: usize, g: usize): void {
  for (let i: usize = 0; i < POLYNOMIAL; i += 8) {
    // gamma is zeta^(2 BitRev7(j) + 1) for the j-th pair: an entry of the table's second half and its opposite in turn
    const root = load<u16>(zetas + 2 * 64 + ((i >> 4) << 1)) as u32;
    const gamma = (i & 8) == 0 ? root : Q - root;
    const f0 = load<u32>(f + i, 0);
    const f1 = load<u32>(f + i, 4);
    const g0 = load<u32>(g + i, 0);
    const g1 = load<u32>(g + i, 4);
    store<u32>(sum + i, reduce(load<u32>(sum + i, 0) + f0 * g0 + reduce(f1 * g1) * gamma), 0);
    store<u32>(sum + i, reduce(load<u32>(sum + i, 4) + f0 * g1 + f1 * g0), 4);
  }
}
