/**
 * The rings of Streamlined NTRU Prime with p = 761 and q = 4591: polynomials modulo x^p - x - 1 with coefficients
 * modulo q (R/q in the specification) or modulo 3 (R/3). Constant in time over all coefficients.
 *
 * A polynomial is 761 i16 and seven more (POLYNOMIAL bytes) that are always 0. Its coefficients are the
 * representatives nearest to 0: -2295 to 2295, or -1 to 1.
 */

export const P: usize = 761;
export const Q: i32 = 4591;

/** Bytes of a polynomial in memory: 96 vectors of 16. */
export const POLYNOMIAL: usize = 1536;

/** 1/3 in R/q. */
export const THIRD: i32 = -1530;

/** 2^40 / modulus, rounded. */
const RECIPROCAL_Q: i64 = 239492840;
const RECIPROCAL_3: i64 = 366503875925;
const RECIPROCAL_BITS: i64 = 40;

/** Of `multiply`: the 2p - 1 different entries of a Toeplitz matrix, and room at both ends for rows that are no rows. */
const MATRIX: i32 = 3072;
const matrix: usize = memory.data(MATRIX);
const entries = matrix + 2 * 3;

/** Of `invert`: four polynomials with p + 1 coefficients. */
const WORK: i32 = 4 * 1536;
const work: usize = memory.data(WORK);

/**
 * x modulo q or 3, nearest to 0, for |x| < 2^24. The product misses x / modulus by less than 2^-16, and that is
 * further from any half integer, by 1 / (2 * modulus) at least.
 */
export function freeze(x: i32, modulus: i32): i32 {
  const reciprocal = modulus == Q ? RECIPROCAL_Q : RECIPROCAL_3;
  const half: i64 = 1 << (RECIPROCAL_BITS - 1);
  return x - modulus * ((((x as i64) * reciprocal + half) >> RECIPROCAL_BITS) as i32);
}

/**
 * h = f * g, where g's coefficients are -1, 0 and 1: Rq_mult_small of the specification, or R3_mult if `modulus` is 3.
 * `h` may be `f`.
 *
 * As x^p = x + 1, the coefficient of x^(p+n) in the plain product belongs to x^n and to x^(n+1). So for k > 0
 *   h_k = sum over j of g_j * e_(k-j), where e_n = f_n for n >= 0, plus f_(n+p) + f_(n+p-1) for n <= 0,
 * with f_p = 0: row k of a Toeplitz matrix times g. Row 0 has the products for x^(p-1) too many, which row p - 1 has as
 * well, beside g_(p-1) * f_(p-1).
 */
export function multiply(h: usize, f: usize, g: usize, modulus: i32): void {
  // The entries lie backwards, e_(p-1) first, so that a row meets g in ascending order.
  for (let i: usize = 0; i < P; i++) {
    const n = entries + 2 * (P - 1 - i);
    const belowZero = n + 2 * (P - 1);
    const coefficient = load<i16>(f + 2 * i);
    store<i16>(n, load<i16>(n) + coefficient);
    store<i16>(belowZero, load<i16>(belowZero) + coefficient + load<i16>(f + 2 * i, 2));
  }
  const excess = (load<i16>(entries) as i32) * (load<i16>(g + 2 * (P - 1)) as i32);
  let first: i32 = 0;
  let last: i32 = 0;
  for (let k: usize = 0; k < P; k += 4) {
    const row = entries + 2 * (P - 1) - 2 * (k + 3);
    let a = i32x4.splat(0);
    let b = i32x4.splat(0);
    let c = i32x4.splat(0);
    let d = i32x4.splat(0);
    for (let j: usize = 0; j < POLYNOMIAL; j += 16) {
      const factor = v128.load(g + j);
      const at = row + j;
      a = i32x4.add(a, i32x4.dot_i16x8_s(v128.load(at, 6), factor));
      b = i32x4.add(b, i32x4.dot_i16x8_s(v128.load(at, 4), factor));
      c = i32x4.add(c, i32x4.dot_i16x8_s(v128.load(at, 2), factor));
      d = i32x4.add(d, i32x4.dot_i16x8_s(v128.load(at, 0), factor));
    }
    last = total(a);
    if (k == 0) first = last;
    const out = h + 2 * k;
    store<i16>(out, freeze(last, modulus) as i16, 0);
    store<i16>(out, freeze(total(b), modulus) as i16, 2);
    store<i16>(out, freeze(total(c), modulus) as i16, 4);
    store<i16>(out, freeze(total(d), modulus) as i16, 6);
  }
  store<i16>(h, freeze(first - last + excess, modulus) as i16);
  memory.fill(h + 2 * P, 0, POLYNOMIAL - 2 * P);
  memory.fill(matrix, 0, MATRIX);
}

function total(sums: v128): i32 {
  return (
    i32x4.extract_lane(sums, 0) +
    i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) +
    i32x4.extract_lane(sums, 3)
  );
}

/**
 * out = scale / in: Rq_recip3 of the specification for a scale of THIRD, or R3_recip if `modulus` is 3. False, and
 * `out` of no use, if there is no inverse; in R/q only 0 has none.
 *
 * These are 2p - 1 division steps (Bernstein and Yang, Fast constant-time gcd computation and modular inversion) on
 * x^p - x - 1 and `in`, both written backwards.
 */
export function invert(out: usize, input: usize, scale: i32, modulus: i32): bool {
  const f = work;
  const g = work + POLYNOMIAL;
  const v = work + 2 * POLYNOMIAL;
  const r = work + 3 * POLYNOMIAL;
  memory.fill(work, 0, WORK);
  store<i16>(f, 1);
  store<i16>(f + 2 * (P - 1), -1, 0);
  store<i16>(f + 2 * (P - 1), -1, 2);
  for (let i: usize = 0; i < P; i++) store<i16>(g + 2 * (P - 1 - i), load<i16>(input + 2 * i));
  store<i16>(r, 1);

  let delta: i32 = 1;
  for (let step: usize = 0; step < 2 * P - 1; step++) {
    memory.copy(v + 2, v, 2 * P);
    store<i16>(v, 0);
    let f0 = load<i16>(f) as i32;
    let g0 = load<i16>(g) as i32;
    const swap = (-delta >> 31) & ((g0 | -g0) >> 31); // all ones if delta > 0 and g0 isn't 0
    delta = (delta ^ swap) - swap + 1;
    const difference = (f0 ^ g0) & swap;
    f0 ^= difference;
    g0 ^= difference;
    eliminate(f, g, swap, f0, g0, modulus);
    eliminate(v, r, swap, f0, g0, modulus);
    memory.copy(g, g + 2, 2 * P);
    store<i16>(g + 2 * P, 0);
  }

  // Fermat: 1 / f_0 = f_0^(modulus - 2)
  let power = load<i16>(f) as i32;
  for (let exponent = modulus - 2; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) != 0) scale = freeze(scale * power, modulus);
    power = freeze(power * power, modulus);
  }
  memory.fill(out + 2 * P, 0, POLYNOMIAL - 2 * P);
  for (let i: usize = 0; i < P; i++)
    store<i16>(out + 2 * i, freeze(scale * (load<i16>(v + 2 * (P - 1 - i)) as i32), modulus) as i16);
  memory.fill(work, 0, WORK);
  return delta == 0;
}

/** Exchanges a and b if `swap` is -1, and then b = fromB * b - fromA * a. */
function eliminate(a: usize, b: usize, swap: i32, fromB: i32, fromA: i32, modulus: i32): void {
  for (let i: usize = 0; i <= 2 * P; i += 2) {
    let x = load<i16>(a + i) as i32;
    let y = load<i16>(b + i) as i32;
    const difference = (x ^ y) & swap;
    x ^= difference;
    y ^= difference;
    store<i16>(a + i, x as i16);
    store<i16>(b + i, freeze(fromB * y - fromA * x, modulus) as i16);
  }
}
