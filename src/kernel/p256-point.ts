/**
 * The group of P-256 (NIST SP 800-186 section 3.2.1.3): y^2 = x^3 - 3x + b mod p. Constant in time.
 *
 * A point is X, Y, Z (POINT bytes), in Montgomery's form, with x = X/Z and y = Y/Z; the neutral element is (0, 1, 0).
 * One complete formula adds and doubles, so there are no exceptional cases to reach.
 */
import {
  NUMBER,
  addModulo,
  fromMontgomery,
  invertModulo,
  isBelow,
  isZero,
  multiplyModulo,
  subtractModulo,
  toMontgomery,
} from "./montgomery.ts";

/** Bytes of a point. */
export const POINT: usize = 96;

/** p = 2^256 - 2^224 + 2^192 + 2^96 - 1, as src/kernel/montgomery.ts wants a modulus. */
// oxfmt-ignore
export const P: usize = memory.data<u64>([
  0xffffffffffffffff, 0x00000000ffffffff, 0x0000000000000000, 0xffffffff00000001,
  0x0000000000000003, 0xfffffffbffffffff, 0xfffffffffffffffe, 0x00000004fffffffd,
  0x0000000000000001,
]);

/** b in Montgomery's form. */
// oxfmt-ignore
const B: usize = memory.data<u64>([
  0xd89cdf6229c4bddf, 0xacf005cd78843090, 0xe5a220abf7212ed6, 0xdc30061d04874834,
]);

const ONE: usize = memory.data<u64>([1, 0, 0, 0]);

const SCRATCH_BYTES: usize = 8 * NUMBER;
const scratch: usize = memory.data(SCRATCH_BYTES as i32);
const xx: usize = scratch;
const yy: usize = xx + NUMBER;
const zz: usize = yy + NUMBER;
const xy: usize = zz + NUMBER;
const yz: usize = xy + NUMBER;
const xz: usize = yz + NUMBER;
const t: usize = xz + NUMBER;
const s: usize = t + NUMBER;

/** The multiples 0 to 15 of up to two points, and the one chosen of them. */
const TABLE: usize = 16 * POINT;
const TABLES_BYTES: usize = 2 * TABLE;
const tables: usize = memory.data(TABLES_BYTES as i32);
const chosen: usize = memory.data(POINT as i32);

function add(out: usize, a: usize, b: usize): void {
  addModulo(out, a, b, P);
}

function subtract(out: usize, a: usize, b: usize): void {
  subtractModulo(out, a, b, P);
}

function multiply(out: usize, a: usize, b: usize): void {
  multiplyModulo(out, a, b, P);
}

/** out = 3 out. */
function triple(out: usize): void {
  add(t, out, out);
  add(out, t, out);
}

/** out = a1 b2 + a2 b1, of the points' coordinates at offsets `i` and `j`, given a1 a2 and b1 b2. */
function cross(out: usize, p: usize, q: usize, i: usize, j: usize, aa: usize, bb: usize): void {
  add(out, p + i, p + j);
  add(t, q + i, q + j);
  multiply(out, out, t);
  subtract(out, out, aa);
  subtract(out, out, bb);
}

/**
 * P = P + Q, for any two points, equal ones and the neutral element among them: algorithm 4 (for a = -3) of Renes,
 * Costello and Batina, "Complete addition formulas for prime order elliptic curves", 2016.
 */
export function addPoint(p: usize, q: usize): void {
  multiply(xx, p, q);
  multiply(yy, p + NUMBER, q + NUMBER);
  multiply(zz, p + 2 * NUMBER, q + 2 * NUMBER);
  cross(xy, p, q, 0, NUMBER, xx, yy);
  cross(yz, p, q, NUMBER, 2 * NUMBER, yy, zz);
  cross(xz, p, q, 0, 2 * NUMBER, xx, zz);

  // u = yy - 3 (xz - b zz), v = yy + 3 (xz - b zz)
  multiply(s, B, zz);
  subtract(s, xz, s);
  triple(s);
  subtract(p, yy, s); // u, for now in X
  add(yy, yy, s); // v
  // w = 3 (b xz - 3 zz - xx), and xx becomes 3 (xx - zz)
  triple(zz);
  multiply(xz, B, xz);
  subtract(xz, xz, zz);
  subtract(xz, xz, xx);
  triple(xz);
  triple(xx);
  subtract(xx, xx, zz);

  const u = p;
  const v = yy;
  const w = xz;
  // Y = u v + 3 (xx - zz) w
  multiply(s, u, v);
  multiply(t, xx, w);
  add(p + NUMBER, s, t);
  // Z = yz u + xy 3 (xx - zz)
  multiply(s, yz, u);
  multiply(t, xy, xx);
  add(p + 2 * NUMBER, s, t);
  // X = xy v - yz w
  multiply(s, xy, v);
  multiply(t, yz, w);
  subtract(p, s, t);
}

/** P = the neutral element. */
function setNeutral(p: usize): void {
  memory.fill(p, 0, POINT);
  toMontgomery(p + NUMBER, ONE, P);
}

/**
 * P = the sum of up to two multiples: of the points from `points`, by the scalars from `scalars`, `count` of each.
 * Scalars are secret, and may be any number of 256 bits. Four bits at a time, from the top; the multiple that a digit
 * stands for is picked by reading all sixteen.
 */
export function multiplyPoints(p: usize, points: usize, scalars: usize, count: i32): void {
  for (let k = 0; k < count; k++) fillTable(tables + (k as usize) * TABLE, points + (k as usize) * POINT);
  setNeutral(p);
  for (let i = 63; i >= 0; i--) {
    for (let doubling = 0; doubling < 4; doubling++) addPoint(p, p);
    for (let k = 0; k < count; k++) {
      const byte = load<u8>(scalars + (k as usize) * NUMBER + ((i >> 1) as usize)) as u32;
      choose(tables + (k as usize) * TABLE, (byte >> (((i & 1) << 2) as u32)) & 15);
      addPoint(p, chosen);
    }
  }
}

function fillTable(table: usize, point: usize): void {
  setNeutral(table);
  for (let at = table + POINT; at < table + TABLE; at += POINT) {
    memory.copy(at, at - POINT, POINT);
    addPoint(at, point);
  }
}

/** Copies entry `index` (secret, 0 to 15) of a table to `chosen`. */
function choose(table: usize, index: u32): void {
  memory.fill(chosen, 0, POINT);
  for (let k: u32 = 0; k < 16; k++) {
    const mask = i32x4.splat(-(((k ^ index) - 1) >> 31));
    for (let at: usize = 0; at < POINT; at += 16) {
      const word = v128.and(mask, v128.load(table + (k as usize) * POINT + at));
      v128.store(chosen + at, v128.or(v128.load(chosen + at), word));
    }
  }
}

/** Writes x of P (and y behind it, if `withY`), 32 bytes each, little-endian; zeros for the neutral element. */
export function toAffine(out: usize, p: usize, withY: bool): void {
  invertModulo(s, p + 2 * NUMBER, P);
  multiply(out, p, s);
  fromMontgomery(out, out, P);
  if (!withY) return;
  multiply(out + NUMBER, p + NUMBER, s);
  fromMontgomery(out + NUMBER, out + NUMBER, P);
}

/** P = (x, y), of the 64 bytes at `affine`, little-endian, public. False unless both are below p and on the curve. */
export function fromAffine(p: usize, affine: usize): bool {
  if (!isBelow(affine, P) || !isBelow(affine + NUMBER, P)) return false;
  toMontgomery(p, affine, P);
  toMontgomery(p + NUMBER, affine + NUMBER, P);
  toMontgomery(p + 2 * NUMBER, ONE, P);
  // y^2 - ((x^2 - 3) x + b), where 3 is Z three times
  multiply(xx, p, p);
  for (let i = 0; i < 3; i++) subtract(xx, xx, p + 2 * NUMBER);
  multiply(xx, xx, p);
  add(xx, xx, B);
  multiply(yy, p + NUMBER, p + NUMBER);
  subtract(yy, yy, xx);
  return isZero(yy) != 0;
}

/** Whether P is the neutral element. For public points. */
export function isNeutral(p: usize): bool {
  return isZero(p + 2 * NUMBER) != 0;
}

/** Wipes what the functions above left behind. */
export function pointWipe(): void {
  memory.fill(scratch, 0, SCRATCH_BYTES);
  memory.fill(tables, 0, TABLES_BYTES);
  memory.fill(chosen, 0, POINT);
}
