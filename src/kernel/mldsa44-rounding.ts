/**
 * How ML-DSA-44 rounds, FIPS 204 section 7.4: coefficients as a high and a low part, and the hints that correct the high
 * part. Constant in time, but for `useHint`, which is of public values.
 */
import { Q, wrap } from "./mldsa44-ring.ts";
import { POLYNOMIAL } from "./polynomial.ts";

/** Bits that Power2Round drops: d. */
const DROPPED: u32 = 13;
/** gamma_2 = (q - 1) / 88. */
export const GAMMA2: u32 = 95232;
/** High parts there are: (q - 1) / (2 gamma_2). */
const HIGH_PARTS: u32 = 44;

/** Algorithm 35, Power2Round: f's low parts into `low`, and high ones, below 2^10, in place. */
export function power2Round(f: usize, low: usize): void {
  for (let i: usize = 0; i < POLYNOMIAL; i += 4) {
    const x = load<u32>(f + i);
    const high = (x + ((1 << (DROPPED - 1)) - 1)) >> DROPPED;
    store<u32>(low + i, wrap(x - (high << DROPPED)));
    store<u32>(f + i, high);
  }
}

/** f, which is what `power2Round` made of another polynomial, times what was dropped. */
export function undoPower2Round(f: usize): void {
  for (let i: usize = 0; i < POLYNOMIAL; i += 4) store<u32>(f + i, load<u32>(f + i) << DROPPED);
}

/** The nearest multiple of 2 gamma_2, which is 2^11 * 93; HIGH_PARTS itself stands for the coefficients around 0. */
function nearest(x: u32): u32 {
  return (((x + GAMMA2 - 1) >> 11) * 11276) >> 20; // exact: 11276 exceeds 2^20 / 93 by 0.99, the rest is below 4139
}

/** Algorithm 37, HighBits, below 44. */
function highPart(x: u32): u32 {
  const high = nearest(x);
  return high - HIGH_PARTS * ((HIGH_PARTS - 1 - high) >> 31);
}

/** Algorithm 38, LowBits. */
function lowPart(x: u32): i32 {
  const high = nearest(x);
  return (x - high * (2 * GAMMA2) - ((HIGH_PARTS - 1 - high) >> 31)) as i32;
}

/** high = the high parts of f. */
export function highParts(high: usize, f: usize): void {
  for (let i: usize = 0; i < POLYNOMIAL; i += 4) store<u32>(high + i, highPart(load<u32>(f + i)));
}

/** 1 if any low part of f is as far from 0 as `bound`; otherwise 0. */
export function lowReaches(f: usize, bound: u32): u32 {
  let excess: u32 = 0;
  for (let i: usize = 0; i < POLYNOMIAL; i += 4) {
    const low = lowPart(load<u32>(f + i));
    const sign = low >> 31;
    excess |= bound - 1 - (((low ^ sign) - sign) as u32);
  }
  return excess >> 31;
}

/** Algorithm 39, MakeHint, of `change` and f, into f: 1 where f + change has another high part. Returns their number. */
export function makeHint(f: usize, change: usize): u32 {
  let count: u32 = 0;
  for (let i: usize = 0; i < POLYNOMIAL; i += 4) {
    const x = load<u32>(f + i);
    const difference = highPart(x) ^ highPart(wrap(x + load<u32>(change + i) - Q));
    const hint = (difference + 63) >> 6; // high parts have 6 bits
    store<u32>(f + i, hint);
    count += hint;
  }
  return count;
}

/** Algorithm 40, UseHint: f's high parts, in place, each corrected where `hint` is 1. */
export function useHint(f: usize, hint: usize): void {
  for (let i: usize = 0; i < POLYNOMIAL; i += 4) {
    const x = load<u32>(f + i);
    const high = highPart(x);
    const step = load<u32>(hint + i) == 0 ? 0 : lowPart(x) > 0 ? 1 : HIGH_PARTS - 1;
    store<u32>(f + i, (high + step) % HIGH_PARTS);
  }
}
