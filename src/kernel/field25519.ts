/**
 * The field of Curve25519 and edwards25519: integers mod p = 2^255 - 19. Constant in time.
 *
 * An element is ten limbs, i64 each (FIELD bytes), its value the sum of limb[i] * 2^ceil(25.5 i): limbs with even
 * index carry 26 bits, odd ones 25. Two sizes of element occur:
 *   reduced  what products, `fieldFromBytes` and `fieldSet` give: every limb in [0, 2^26 + 2^13] or [0, 2^25 + 2^13];
 *   loose    a sum or difference of at most four reduced elements: limbs up to four times that, of either sign.
 * Products take loose elements: the largest column of one is then below 16 * 2^59 = 2^63. Everything may be done in
 * place, for an element is read whole before any of it is written.
 */

/** Bytes of one element. */
export const FIELD: usize = 80;

const MASK26: i64 = (1 << 26) - 1;
const MASK25: i64 = (1 << 25) - 1;

const SCRATCH_BYTES: usize = 3 * FIELD;
const scratch: usize = memory.data(SCRATCH_BYTES as i32);
const step: usize = scratch;
const power10: usize = scratch + FIELD;
const power50: usize = scratch + 2 * FIELD;

/** out = a small non-negative integer, below 2^26. */
export function fieldSet(out: usize, value: i64): void {
  memory.fill(out, 0, FIELD);
  store<i64>(out, value);
}

export function fieldCopy(out: usize, a: usize): void {
  memory.copy(out, a, FIELD);
}

/** out = a + b, without carrying. */
export function fieldAdd(out: usize, a: usize, b: usize): void {
  for (let i: usize = 0; i < FIELD; i += 16) v128.store(out + i, i64x2.add(v128.load(a + i), v128.load(b + i)));
}

/** out = a - b, without carrying. */
export function fieldSubtract(out: usize, a: usize, b: usize): void {
  for (let i: usize = 0; i < FIELD; i += 16) v128.store(out + i, i64x2.sub(v128.load(a + i), v128.load(b + i)));
}

/** Exchanges a and b if `mask` is -1, leaves them if it is 0. */
export function fieldSwap(a: usize, b: usize, mask: i64): void {
  const select = i64x2.splat(mask);
  for (let i: usize = 0; i < FIELD; i += 16) {
    const x = v128.load(a + i);
    const y = v128.load(b + i);
    const difference = v128.and(select, v128.xor(x, y));
    v128.store(a + i, v128.xor(x, difference));
    v128.store(b + i, v128.xor(y, difference));
  }
}

/** a = -a if `mask` is -1, a if it is 0. */
export function fieldNegateIf(a: usize, mask: i64): void {
  const select = i64x2.splat(mask);
  for (let i: usize = 0; i < FIELD; i += 16) v128.store(a + i, i64x2.sub(v128.xor(v128.load(a + i), select), select));
}

/**
 * out = a * b. Column k of the product holds the pairs i + j = k, and those with i + j = k + 10 times 19, since
 * 2^255 = 19. Two odd limbs stand for half a bit more each: their product counts twice.
 */
export function fieldMultiply(out: usize, a: usize, b: usize): void {
  // The last limb first: its bounds check covers the others.
  const a9 = load<i64>(a, 72);
  const a8 = load<i64>(a, 64);
  const a7 = load<i64>(a, 56);
  const a6 = load<i64>(a, 48);
  const a5 = load<i64>(a, 40);
  const a4 = load<i64>(a, 32);
  const a3 = load<i64>(a, 24);
  const a2 = load<i64>(a, 16);
  const a1 = load<i64>(a, 8);
  const a0 = load<i64>(a, 0);
  const b9 = load<i64>(b, 72);
  const b8 = load<i64>(b, 64);
  const b7 = load<i64>(b, 56);
  const b6 = load<i64>(b, 48);
  const b5 = load<i64>(b, 40);
  const b4 = load<i64>(b, 32);
  const b3 = load<i64>(b, 24);
  const b2 = load<i64>(b, 16);
  const b1 = load<i64>(b, 8);
  const b0 = load<i64>(b, 0);
  // oxfmt-ignore
  storeCarried(
    out,
    a0*b0 + 19 * (a2*b8 + a4*b6 + a6*b4 + a8*b2 + 2 * (a1*b9 + a3*b7 + a5*b5 + a7*b3 + a9*b1)),
    a0*b1 + a1*b0 + 19 * (a2*b9 + a3*b8 + a4*b7 + a5*b6 + a6*b5 + a7*b4 + a8*b3 + a9*b2),
    a0*b2 + a2*b0 + 2 * a1*b1 + 19 * (a4*b8 + a6*b6 + a8*b4 + 2 * (a3*b9 + a5*b7 + a7*b5 + a9*b3)),
    a0*b3 + a1*b2 + a2*b1 + a3*b0 + 19 * (a4*b9 + a5*b8 + a6*b7 + a7*b6 + a8*b5 + a9*b4),
    a0*b4 + a2*b2 + a4*b0 + 2 * (a1*b3 + a3*b1) + 19 * (a6*b8 + a8*b6 + 2 * (a5*b9 + a7*b7 + a9*b5)),
    a0*b5 + a1*b4 + a2*b3 + a3*b2 + a4*b1 + a5*b0 + 19 * (a6*b9 + a7*b8 + a8*b7 + a9*b6),
    a0*b6 + a2*b4 + a4*b2 + a6*b0 + 2 * (a1*b5 + a3*b3 + a5*b1) + 19 * (a8*b8 + 2 * (a7*b9 + a9*b7)),
    a0*b7 + a1*b6 + a2*b5 + a3*b4 + a4*b3 + a5*b2 + a6*b1 + a7*b0 + 19 * (a8*b9 + a9*b8),
    a0*b8 + a2*b6 + a4*b4 + a6*b2 + a8*b0 + 2 * (a1*b7 + a3*b5 + a5*b3 + a7*b1) + 38 * a9*b9,
    a0*b9 + a1*b8 + a2*b7 + a3*b6 + a4*b5 + a5*b4 + a6*b3 + a7*b2 + a8*b1 + a9*b0,
  );
}

/** out = a^2: the columns of `fieldMultiply`, with equal pairs taken together. */
export function fieldSquare(out: usize, a: usize): void {
  const a9 = load<i64>(a, 72);
  const a8 = load<i64>(a, 64);
  const a7 = load<i64>(a, 56);
  const a6 = load<i64>(a, 48);
  const a5 = load<i64>(a, 40);
  const a4 = load<i64>(a, 32);
  const a3 = load<i64>(a, 24);
  const a2 = load<i64>(a, 16);
  const a1 = load<i64>(a, 8);
  const a0 = load<i64>(a, 0);
  // oxfmt-ignore
  storeCarried(
    out,
    a0*a0 + 38 * (a2*a8 + a4*a6 + a5*a5 + 2 * (a1*a9 + a3*a7)),
    2 * a0*a1 + 38 * (a2*a9 + a3*a8 + a4*a7 + a5*a6),
    2 * (a0*a2 + a1*a1) + 19 * (a6*a6 + 2 * a4*a8 + 4 * (a3*a9 + a5*a7)),
    2 * (a0*a3 + a1*a2) + 38 * (a4*a9 + a5*a8 + a6*a7),
    a2*a2 + 2 * a0*a4 + 4 * a1*a3 + 38 * (a6*a8 + a7*a7 + 2 * a5*a9),
    2 * (a0*a5 + a1*a4 + a2*a3) + 38 * (a6*a9 + a7*a8),
    2 * (a0*a6 + a2*a4 + a3*a3 + 2 * a1*a5) + 19 * (a8*a8 + 4 * a7*a9),
    2 * (a0*a7 + a1*a6 + a2*a5 + a3*a4) + 38 * a8*a9,
    a4*a4 + 2 * (a0*a8 + a2*a6 + 2 * (a1*a7 + a3*a5)) + 38 * a9*a9,
    2 * (a0*a9 + a1*a8 + a2*a7 + a3*a6 + a4*a5),
  );
}

/** out = a * factor, a small positive integer (below 2^32). */
export function fieldScale(out: usize, a: usize, factor: i64): void {
  storeCarried(
    out,
    load<i64>(a, 0) * factor,
    load<i64>(a, 8) * factor,
    load<i64>(a, 16) * factor,
    load<i64>(a, 24) * factor,
    load<i64>(a, 32) * factor,
    load<i64>(a, 40) * factor,
    load<i64>(a, 48) * factor,
    load<i64>(a, 56) * factor,
    load<i64>(a, 64) * factor,
    load<i64>(a, 72) * factor,
  );
}

/** Carries in two chains at once, from limb 0 and from limb 5, then each into the other's start. */
// oxfmt-ignore
function storeCarried(
  out: usize,
  c0: i64, c1: i64, c2: i64, c3: i64, c4: i64, c5: i64, c6: i64, c7: i64, c8: i64, c9: i64,
): void {
  c1 += c0 >> 26; c0 &= MASK26;
  c6 += c5 >> 25; c5 &= MASK25;
  c2 += c1 >> 25; c1 &= MASK25;
  c7 += c6 >> 26; c6 &= MASK26;
  c3 += c2 >> 26; c2 &= MASK26;
  c8 += c7 >> 25; c7 &= MASK25;
  c4 += c3 >> 25; c3 &= MASK25;
  c9 += c8 >> 26; c8 &= MASK26;
  c5 += c4 >> 26; c4 &= MASK26;
  c0 += 19 * (c9 >> 25); c9 &= MASK25;
  c6 += c5 >> 25; c5 &= MASK25;
  c1 += c0 >> 26; c0 &= MASK26;
  store<i64>(out, c9, 72);
  store<i64>(out, c8, 64);
  store<i64>(out, c7, 56);
  store<i64>(out, c6, 48);
  store<i64>(out, c5, 40);
  store<i64>(out, c4, 32);
  store<i64>(out, c3, 24);
  store<i64>(out, c2, 16);
  store<i64>(out, c1, 8);
  store<i64>(out, c0, 0);
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
  const w3 = load<i64>(bytes, 24);
  const w2 = load<i64>(bytes, 16);
  const w1 = load<i64>(bytes, 8);
  const w0 = load<i64>(bytes, 0);
  store<i64>(out, (w3 >> 38) & MASK25, 72);
  store<i64>(out, (w3 >> 12) & MASK26, 64);
  store<i64>(out, ((w2 >>> 51) | (w3 << 13)) & MASK25, 56);
  store<i64>(out, (w2 >> 25) & MASK26, 48);
  store<i64>(out, w2 & MASK25, 40);
  store<i64>(out, w1 >>> 38, 32);
  store<i64>(out, (w1 >> 13) & MASK25, 24);
  store<i64>(out, ((w0 >>> 51) | (w1 << 13)) & MASK26, 16);
  store<i64>(out, (w0 >> 26) & MASK25, 8);
  store<i64>(out, w0 & MASK26, 0);
}

/** Writes the 32 bytes, little-endian, of a loose element's one value in [0, p). */
export function fieldToBytes(out: usize, a: usize): void {
  fieldCopy(step, a);
  // Twice round, and every limb has its own bits alone: the value is below 2^255.
  let carry = propagate(0);
  carry = propagate(19 * carry);
  // With 19 more it passes 2^255 exactly if it was p or more. If not, the 19 go again.
  carry = propagate(19 * carry + 19);
  propagate(19 * carry - 19);
  const h2 = load<i64>(step, 16);
  const h7 = load<i64>(step, 56);
  store<i64>(out, load<i64>(step, 0) | (load<i64>(step, 8) << 26) | (h2 << 51), 0);
  store<i64>(out, (h2 >> 13) | (load<i64>(step, 24) << 13) | (load<i64>(step, 32) << 38), 8);
  store<i64>(out, load<i64>(step, 40) | (load<i64>(step, 48) << 25) | (h7 << 51), 16);
  store<i64>(out, (h7 >> 13) | (load<i64>(step, 64) << 12) | (load<i64>(step, 72) << 38), 24);
}

/** Carries through `step` from limb 0, to which it adds `carry`; what leaves the top comes back. */
function propagate(carry: i64): i64 {
  for (let i = 0; i < 10; i++) {
    const limb = step + ((i as usize) << 3);
    const width: i64 = 26 - (i & 1);
    const value = load<i64>(limb) + carry;
    carry = value >> width;
    store<i64>(limb, value - (carry << width));
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
