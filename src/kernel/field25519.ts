/**
 * The field of Curve25519 and edwards25519: integers mod p = 2^255 - 19. Constant in time.
 *
 * An element is five limbs of 64 bits (and eight bytes of padding, FIELD bytes in all), its value the sum of
 * limb[i] * 2^(51 i). Two sizes of element occur:
 *   reduced  what products, `fieldFromBytes` and `fieldSet` give: limbs up to 2^51;
 *   loose    a sum of two reduced elements (limbs up to 2 * 2^51), a difference of two (3 * 2^51), or the sum of one of
 *            each or a difference with a sum (5 * 2^51).
 * Products take loose elements. What is subtracted or negated must be reduced, or the negative of a reduced element.
 * Everything may be done in place, for an element is read whole before any of it is written.
 */
import { multiplyHigh } from "./multiply.ts";

/** Bytes of one element. */
export const FIELD: usize = 48;

const BITS: u64 = 51;
const MASK: u64 = (1 << 51) - 1;

/** The limbs of 2p: added before a subtraction, they keep each limb positive. */
const TWO_P_0: i64 = (1 << 52) - 38;
const TWO_P: i64 = (1 << 52) - 2;

const SCRATCH_BYTES: usize = 3 * FIELD;
const scratch: usize = memory.data(SCRATCH_BYTES as i32);
const step: usize = scratch;
const power10: usize = scratch + FIELD;
const power50: usize = scratch + 2 * FIELD;

/** out = a small number, below 2^51. */
export function fieldSet(out: usize, value: u64): void {
  memory.fill(out, 0, FIELD);
  store<u64>(out, value);
}

export function fieldCopy(out: usize, a: usize): void {
  memory.copy(out, a, FIELD);
}

/** out = a + b, without carrying. */
export function fieldAdd(out: usize, a: usize, b: usize): void {
  v128.store(out, i64x2.add(v128.load(a, 32), v128.load(b, 32)), 32);
  v128.store(out, i64x2.add(v128.load(a, 16), v128.load(b, 16)), 16);
  v128.store(out, i64x2.add(v128.load(a, 0), v128.load(b, 0)), 0);
}

/** out = a + 2p - b, without carrying. */
export function fieldSubtract(out: usize, a: usize, b: usize): void {
  v128.store(out, subtractLimbs(v128.load(a, 32), v128.load(b, 32), i64x2(TWO_P, 0)), 32);
  v128.store(out, subtractLimbs(v128.load(a, 16), v128.load(b, 16), i64x2(TWO_P, TWO_P)), 16);
  v128.store(out, subtractLimbs(v128.load(a, 0), v128.load(b, 0), i64x2(TWO_P_0, TWO_P)), 0);
}

function subtractLimbs(a: v128, b: v128, twoP: v128): v128 {
  return i64x2.sub(i64x2.add(a, twoP), b);
}

/** a = -a if `mask` is all ones, a if it is 0. */
export function fieldNegateIf(a: usize, mask: u64): void {
  fieldSet(step, 0);
  fieldSubtract(step, step, a);
  fieldSwap(step, a, mask);
}

/** Exchanges a and b if `mask` is all ones, leaves them if it is 0. */
export function fieldSwap(a: usize, b: usize, mask: u64): void {
  const select = i64x2.splat(mask as i64);
  for (let i: usize = 0; i < FIELD; i += 16) {
    const x = v128.load(a + i);
    const y = v128.load(b + i);
    const difference = v128.and(select, v128.xor(x, y));
    v128.store(a + i, v128.xor(x, difference));
    v128.store(b + i, v128.xor(y, difference));
  }
}

/**
 * out = a * b. Column k of the product is the sum of the pairs a_i b_j with i + j = k, and of those with i + j = k + 5
 * times 19, since 2^255 = 19. A column is too long for a word. Its low 64 bits are what the words' own products add up
 * to; `high` of each pair, a_i b_j / 2^51 rounded down, adds up to what the next column must have. `storeColumns` takes
 * both.
 */
export function fieldMultiply(out: usize, a: usize, b: usize): void {
  // The last limb first: its bounds check covers the others.
  const a4 = load<u64>(a, 32);
  const a3 = load<u64>(a, 24);
  const a2 = load<u64>(a, 16);
  const a1 = load<u64>(a, 8);
  const a0 = load<u64>(a, 0);
  const b4 = load<u64>(b, 32);
  const b3 = load<u64>(b, 24);
  const b2 = load<u64>(b, 16);
  const b1 = load<u64>(b, 8);
  const b0 = load<u64>(b, 0);
  const c4 = 19 * b4;
  const c3 = 19 * b3;
  const c2 = 19 * b2;
  const c1 = 19 * b1;
  // oxfmt-ignore
  storeColumns(
    out,
    a0*b0 + a1*c4 + a2*c3 + a3*c2 + a4*c1, high(a0,b0) + high(a1,c4) + high(a2,c3) + high(a3,c2) + high(a4,c1),
    a0*b1 + a1*b0 + a2*c4 + a3*c3 + a4*c2, high(a0,b1) + high(a1,b0) + high(a2,c4) + high(a3,c3) + high(a4,c2),
    a0*b2 + a1*b1 + a2*b0 + a3*c4 + a4*c3, high(a0,b2) + high(a1,b1) + high(a2,b0) + high(a3,c4) + high(a4,c3),
    a0*b3 + a1*b2 + a2*b1 + a3*b0 + a4*c4, high(a0,b3) + high(a1,b2) + high(a2,b1) + high(a3,b0) + high(a4,c4),
    a0*b4 + a1*b3 + a2*b2 + a3*b1 + a4*b0, high(a0,b4) + high(a1,b3) + high(a2,b2) + high(a3,b1) + high(a4,b0),
  );
}

/** out = a^2: the columns of `fieldMultiply`, with equal pairs taken together. */
export function fieldSquare(out: usize, a: usize): void {
  const a4 = load<u64>(a, 32);
  const a3 = load<u64>(a, 24);
  const a2 = load<u64>(a, 16);
  const a1 = load<u64>(a, 8);
  const a0 = load<u64>(a, 0);
  const d0 = 2 * a0;
  const d1 = 2 * a1;
  const d2 = 2 * a2;
  const c3 = 19 * a3;
  const c4 = 19 * a4;
  // oxfmt-ignore
  storeColumns(
    out,
    a0*a0 + d1*c4 + d2*c3, high(a0,a0) + high(d1,c4) + high(d2,c3),
    d0*a1 + d2*c4 + a3*c3, high(d0,a1) + high(d2,c4) + high(a3,c3),
    d0*a2 + a1*a1 + 2 * a3*c4, high(d0,a2) + high(a1,a1) + 2 * high(a3,c4),
    d0*a3 + d1*a2 + a4*c4, high(d0,a3) + high(d1,a2) + high(a4,c4),
    d0*a4 + d1*a3 + a2*a2, high(d0,a4) + high(d1,a3) + high(a2,a2),
  );
}

/** out = a * factor, a number below 2^32. */
export function fieldScale(out: usize, a: usize, factor: u64): void {
  const a4 = load<u64>(a, 32);
  const a3 = load<u64>(a, 24);
  const a2 = load<u64>(a, 16);
  const a1 = load<u64>(a, 8);
  const a0 = load<u64>(a, 0);
  // oxfmt-ignore
  storeColumns(
    out,
    a0*factor, high(a0, factor),
    a1*factor, high(a1, factor),
    a2*factor, high(a2, factor),
    a3*factor, high(a3, factor),
    a4*factor, high(a4, factor),
  );
}

/** a * b / 2^51, rounded down, for a < 2^57 and b < 2^58. */
function high(a: u64, b: u64): u64 {
  return multiplyHigh(a << 7, b << 6);
}

/**
 * Stores a product, given each column's low 64 bits and its sum of `high`. The low 51 bits of the pairs, all added up,
 * are the column less 2^51 times that sum; as that is below 2^64 it can be had from the low 64 bits alone. With limbs up to
 * 5 * 2^51, no sum of `high` (19 times the last one's included) passes 2^63.
 */
// oxfmt-ignore
function storeColumns(
  out: usize,
  low0: u64, high0: u64, low1: u64, high1: u64, low2: u64, high2: u64, low3: u64, high3: u64, low4: u64, high4: u64,
): void {
  let r0 = low0 - (high0 << BITS) + 19 * high4;
  let r1 = low1 - (high1 << BITS) + high0;
  let r2 = low2 - (high2 << BITS) + high1;
  let r3 = low3 - (high3 << BITS) + high2;
  let r4 = low4 - (high4 << BITS) + high3;
  r1 += r0 >> BITS;
  r2 += r1 >> BITS;
  r3 += r2 >> BITS;
  r4 += r3 >> BITS;
  r0 = (r0 & MASK) + 19 * (r4 >> BITS);
  r1 = (r1 & MASK) + (r0 >> BITS);
  store<u64>(out, r4 & MASK, 32);
  store<u64>(out, r3 & MASK, 24);
  store<u64>(out, r2 & MASK, 16);
  store<u64>(out, r1, 8);
  store<u64>(out, r0 & MASK, 0);
}

/** out = a^(2^times) * b. `out` must not be `b`, unless `a` is as well. */
function powerTimes(out: usize, a: usize, times: i32, b: usize): void {
  fieldSquare(step, a);
  for (let i = 1; i < times; i++) fieldSquare(step, step);
  fieldMultiply(out, step, b);
}

/**
 * out = a^(2^252 - 3), the power from which RFC 8032 section 5.1.3 takes square roots. `out` must not be `a`.
 * The numbers at the right are n, where the left side is a^(2^n - 1).
 */
export function fieldPower252(out: usize, a: usize): void {
  powerTimes(out, a, 1, a); // 2
  powerTimes(out, out, 2, out); // 4
  powerTimes(out, out, 1, a); // 5
  powerTimes(power10, out, 5, out); // 10
  powerTimes(out, power10, 10, power10); // 20
  powerTimes(out, out, 20, out); // 40
  powerTimes(power50, out, 10, power10); // 50
  powerTimes(out, power50, 50, power50); // 100
  powerTimes(out, out, 100, out); // 200
  powerTimes(out, out, 50, power50); // 250
  powerTimes(out, out, 2, a); // 2^252 - 4 + 1
}

/** out = 1 / a, and 0 for 0: a^(p - 2), where p - 2 = 8 (2^252 - 3) + 3. `out` must not be `a`. */
export function fieldInvert(out: usize, a: usize): void {
  fieldPower252(out, a);
  powerTimes(power10, a, 1, a);
  powerTimes(out, out, 3, power10);
}

/** Reads 32 bytes, little-endian. The top bit is ignored, and values from p on are taken mod p (RFC 7748 section 5). */
export function fieldFromBytes(out: usize, bytes: usize): void {
  const w3 = load<u64>(bytes, 24);
  const w2 = load<u64>(bytes, 16);
  const w1 = load<u64>(bytes, 8);
  const w0 = load<u64>(bytes, 0);
  store<u64>(out, 0, 40);
  store<u64>(out, (w3 >> 12) & MASK, 32);
  store<u64>(out, ((w2 >> 25) | (w3 << 39)) & MASK, 24);
  store<u64>(out, ((w1 >> 38) | (w2 << 26)) & MASK, 16);
  store<u64>(out, ((w0 >> 51) | (w1 << 13)) & MASK, 8);
  store<u64>(out, w0 & MASK, 0);
}

/** Writes the 32 bytes, little-endian, of a loose element's one value in [0, p). */
export function fieldToBytes(out: usize, a: usize): void {
  fieldCopy(step, a);
  // Three times round, and the value is below 2^255 with every limb below 2^51.
  propagate(propagate(propagate(0)));
  // With 19 more it reaches 2^255 exactly if it is p or more; then those 19 stay, and the carry out of the top is dropped.
  let over: u64 = 19;
  for (let limb = step; limb < step + 40; limb += 8) over = (load<u64>(limb) + over) >> BITS;
  propagate(over);
  const r3 = load<u64>(step, 24);
  const r2 = load<u64>(step, 16);
  const r1 = load<u64>(step, 8);
  store<u64>(out, (r3 >> 39) | (load<u64>(step, 32) << 12), 24);
  store<u64>(out, (r2 >> 26) | (r3 << 25), 16);
  store<u64>(out, (r1 >> 13) | (r2 << 38), 8);
  store<u64>(out, load<u64>(step, 0) | (r1 << 51), 0);
}

/** Adds 19 * over to `step` and carries through it; returns what leaves the top, in units of 2^255. */
function propagate(over: u64): u64 {
  let carry = 19 * over;
  for (let limb = step; limb < step + 40; limb += 8) {
    carry += load<u64>(limb);
    store<u64>(limb, carry & MASK);
    carry >>= BITS;
  }
  return carry;
}

/** Whether a = 0 mod p. For public values: the answer is a plain truth value. */
export function fieldIsZero(a: usize): bool {
  fieldToBytes(power10, a);
  return (load<u64>(power10) | load<u64>(power10, 8) | load<u64>(power10, 16) | load<u64>(power10, 24)) == 0;
}

/** Wipes what the functions above left behind. */
export function fieldWipe(): void {
  memory.fill(scratch, 0, SCRATCH_BYTES);
}
