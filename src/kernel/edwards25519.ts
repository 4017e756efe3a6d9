/**
 * The group of edwards25519, RFC 8032 section 5.1: -x^2 + y^2 = 1 + d x^2 y^2 mod 2^255 - 19.
 *
 * A point is four field elements X, Y, Z, T (POINT bytes) with x = X/Z, y = Y/Z, xy = T/Z. An addend is a point made
 * ready to be added: Y-X, Y+X, 2dT, 2Z, as many bytes. `addAddend` and `doublePoint` are complete (-1 is a square and d is
 * none): they have no exceptions and no branches on a point's value. `multiplyBase` is constant in time; encoding is as
 * well; decoding and the odd multiples serve verification, of public values.
 */
import {
  FIELD,
  fieldAdd,
  fieldFromBytes,
  fieldInvert,
  fieldIsZero,
  fieldMultiply,
  fieldNegateIf,
  fieldPower252,
  fieldSet,
  fieldSquare,
  fieldSubtract,
  fieldSwap,
  fieldToBytes,
} from "./field25519.ts";
import { addMasked } from "./montgomery.ts";
import { ORDER } from "./scalar25519.ts";

/** Bytes of a point, and of an addend. */
export const POINT: usize = 4 * FIELD;

const X: usize = 0;
const Y: usize = FIELD;
const Z: usize = 2 * FIELD;
const T: usize = 3 * FIELD;

/** d = -121665/121666, and a square root of -1; four words of 64 bits, the lowest first. */
// oxfmt-ignore
const D: usize = memory.data<u64>([
  0x75eb4dca135978a3, 0x00700a4d4141d8ab, 0x8cc740797779e898, 0x52036cee2b6ffe73,
]);
// oxfmt-ignore
const SQRT_MINUS_1: usize = memory.data<u64>([
  0xc4ee1b274a0ea0b0, 0x2f431806ad2fe478, 0x2b4d00993dfbd7a7, 0x2b8324804fc1df0b,
]);

/**
 * The comb of the base point B. Entry i, of eight, is Y-X, Y+X and 2dXY (Z being 1) of
 * 2^192 B + s2 2^128 B + s1 2^64 B + s0 B, where sj is 1 if bit j of i is set, else -1.
 */
// oxfmt-ignore
const COMB: usize = memory.data<u64>([
  // 0
  0xe3e2a813db88d0ad, 0x6f40b13d5bb14dc1, 0xc6715425551e2bd2, 0x4005b7aec464396d,
  0x4bb0a2c82473383e, 0x8b93d91cd39a4854, 0x6483c2eeaa458b51, 0x4bce944648086827,
  0xcc80e1825bec791c, 0xe0b4a9d0af6d7625, 0x614d357d2fbb2e98, 0x1c77bb7663a643da,
  // 1
  0xe9ded2759d7134b0, 0xe7bcb593547b0a0d, 0x5ebc65f0027344fb, 0x664f358f89bc80a7,
  0x16d2b559ae3e68e7, 0x6fc562735847acbd, 0xb9891f5496290875, 0x43a8fdcf6ff38a66,
  0x3dd439646715ebb4, 0x114d92f13be4a3f1, 0xe1438b6757d4c159, 0x51b57c9c7cef6c85,
  // 2
  0x1f331b655a0dd5c9, 0x0b545f61c9862bd3, 0x399789b315737833, 0x135073907743d45c,
  0x99143e05ac044781, 0x5580fda6c6728652, 0x3ef484d90c15bcd2, 0x1d9d9c1e48ce2657,
  0x13e0862ff5ad1eab, 0xfefa63b99071d17a, 0xd8376693f3828ceb, 0x0a56e7b14a5d055a,
  // 3
  0x124246f7bf235b3e, 0xe87e6e541ed87dcb, 0x7852ec34c1385592, 0x7c185a8865425f13,
  0xadcfce6a255f8c9c, 0x8bd87741c94488ee, 0x093a94d404445bfd, 0x7b2511f3fce9148a,
  0x974f818e9ed9afef, 0x033339016b067c19, 0x447c9adda165f0a5, 0x596404a0141857b5,
  // 4
  0x82638f9184944a2d, 0x6154aead97823004, 0x78a349df2fc0acee, 0x11aadda447e059c0,
  0xf7891b1fd8bf0c8d, 0xb352278b9f0baec9, 0x08261739accde233, 0x6e688754f2d9c85c,
  0xa36333d9f254cfb9, 0xbef83c540defc3da, 0x8e96f8c3f56fcaa2, 0x42ccb2234b77adbb,
  // 5
  0x63f880c42f9a71ab, 0x450b91b09102063a, 0x46e97c82d4291bd1, 0x43d2feb3f8a8fb6e,
  0xccd2fd6877fdd933, 0x82776efe43759e42, 0xdec4f49fe497c374, 0x5e44695748248c1a,
  0x28bd167497091ffe, 0x702995d09d4ba708, 0xfb37d31a5f00ed94, 0x154efbef9f1412bc,
  // 6
  0x087e74b0271a119d, 0x67c0e0270b0e1f42, 0xeedc839d0d2b648f, 0x6ae6a096fb9c8a8b,
  0x057b2ec8156053a2, 0x0dacb426f2fd9129, 0xe30d8d20bd10ddd5, 0x27b7969d079bb32e,
  0xa7243e5a908d8281, 0x72e18cda8f518cd1, 0xf2e3e83b1f8ddcac, 0x70d13dbabd8f7b3c,
  // 7
  0xa2a8cb4bdc7ef83c, 0x96b5c6fa5f93c226, 0xd4ebeb1b0664e3a5, 0x409b4adce5c6cf2f,
  0x137eeb6747fbb842, 0x79df5c7560811a8b, 0x5a2ba76f71f8c89a, 0x09952a563bc8ffc2,
  0x44d53db9834350c4, 0x89299305a5f505b4, 0xfb22faa25949ff2f, 0x69b968a704657d64,
]);
const COMB_ENTRIES: u32 = 8;
const COMB_ENTRY: usize = 96;

const SCRATCH_BYTES: usize = POINT + 6 * FIELD + 32 + COMB_ENTRY;
const scratch: usize = memory.data(SCRATCH_BYTES as i32);
const addend: usize = scratch;
const e: usize = addend + POINT;
const f: usize = e + FIELD;
const g: usize = f + FIELD;
const h: usize = g + FIELD;
const u: usize = h + FIELD;
const v: usize = u + FIELD;
const digits: usize = v + FIELD;
const entry: usize = digits + 32;

/** P = the neutral element, (0, 1). */
export function setNeutral(p: usize): void {
  memory.fill(p, 0, POINT);
  fieldSet(p + Y, 1);
  fieldSet(p + Z, 1);
}

/** P = 2 P, "dbl-2008-hwcd" of the EFD in the signs of RFC 8032 section 5.1.4. T is left out unless asked for. */
export function doublePoint(p: usize, withT: bool): void {
  fieldSquare(e, p + X); // A
  fieldSquare(g, p + Y); // B
  fieldSquare(f, p + Z);
  fieldAdd(f, f, f); // C
  fieldAdd(h, e, g); // H = A + B
  fieldSubtract(g, e, g); // G = A - B
  fieldAdd(f, f, g); // F = C + G
  fieldAdd(e, p + X, p + Y);
  fieldSquare(e, e);
  fieldSubtract(e, h, e); // E = H - (X + Y)^2
  complete(p, withT);
}

/** P = P + Q, Q an addend: "add-2008-hwcd-3" of the EFD, also RFC 8032 section 5.1.4. T as above. */
export function addAddend(p: usize, q: usize, withT: bool): void {
  fieldSubtract(u, p + Y, p + X);
  fieldMultiply(u, u, q); // A
  fieldAdd(v, p + Y, p + X);
  fieldMultiply(v, v, q + FIELD); // B
  fieldSubtract(e, v, u); // E = B - A
  fieldAdd(h, v, u); // H = B + A
  fieldMultiply(u, p + T, q + 2 * FIELD); // C
  fieldMultiply(v, p + Z, q + 3 * FIELD); // D
  fieldSubtract(f, v, u); // F = D - C
  fieldAdd(g, v, u); // G = D + C
  complete(p, withT);
}

/** The last lines of both formulas. */
function complete(p: usize, withT: bool): void {
  fieldMultiply(p + X, e, f);
  fieldMultiply(p + Y, g, h);
  fieldMultiply(p + Z, f, g);
  if (withT) fieldMultiply(p + T, e, h);
}

/** P = -P. */
export function negatePoint(p: usize): void {
  fieldNegateIf(p + X, ~0);
  fieldNegateIf(p + T, ~0);
}

/** Makes the addend Q of the point P. */
export function toAddend(q: usize, p: usize): void {
  fieldSubtract(q, p + Y, p + X);
  fieldAdd(q + FIELD, p + Y, p + X);
  fieldFromBytes(u, D);
  fieldAdd(u, u, u);
  fieldMultiply(q + 2 * FIELD, p + T, u);
  fieldAdd(q + 3 * FIELD, p + Z, p + Z);
}

/** Q = -Q if `mask` is -1, Q if it is 0. */
export function negateAddendIf(q: usize, mask: u64): void {
  fieldSwap(q, q + FIELD, mask);
  fieldNegateIf(q + 2 * FIELD, mask);
}

/** P = scalar * B in constant time. `scalar`: 32 bytes, little-endian, secret, below 2^256 - L. */
export function multiplyBase(p: usize, scalar: usize): void {
  combDigits(scalar);
  setNeutral(p);
  for (let i = 63; i >= 0; i--) {
    doublePoint(p, true);
    addComb(p, i);
  }
}

/**
 * Writes a scalar as 256 digits, each 1 or -1, one bit each (1, 0), for `addComb`: comb number j takes those of word j.
 * An odd n below 2^256 is the sum of (2 bit_i - 1) 2^i over the bits of (n + 2^256 - 1) / 2 = (n >> 1) + 2^255.
 * An even one is made odd by adding L, which leaves its multiple of B as it is.
 */
export function combDigits(scalar: usize): void {
  const even = (load<u64>(scalar) & 1) - 1;
  addMasked(digits, scalar, ORDER, even);
  for (let i: usize = 0; i < 24; i += 8)
    store<u64>(digits + i, (load<u64>(digits + i) >> 1) | (load<u64>(digits + i, 8) << 63));
  store<u64>(digits, (load<u64>(digits, 24) >> 1) | (1 << 63), 24);
}

/** P = P + what digit i of the four combs stands for, an entry of COMB or the negative of one. Leaves T out. */
export function addComb(p: usize, i: i32): void {
  const shift = i as u64;
  const negative = ((load<u64>(digits, 24) >> shift) & 1) ^ 1;
  const b0 = ((load<u64>(digits, 0) >> shift) & 1) ^ negative;
  const b1 = ((load<u64>(digits, 8) >> shift) & 1) ^ negative;
  const b2 = ((load<u64>(digits, 16) >> shift) & 1) ^ negative;
  const index = b0 | (b1 << 1) | (b2 << 2);
  memory.fill(entry, 0, COMB_ENTRY);
  for (let k: u32 = 0; k < COMB_ENTRIES; k++) {
    const equal = (((k as u64) ^ index) - 1) >> 63;
    const mask = i64x2.splat(-(equal as i64));
    const from = COMB + (k as usize) * COMB_ENTRY;
    for (let at: usize = 0; at < COMB_ENTRY; at += 16)
      v128.store(entry + at, v128.or(v128.load(entry + at), v128.and(mask, v128.load(from + at))));
  }
  fieldFromBytes(addend, entry);
  fieldFromBytes(addend + FIELD, entry + 32);
  fieldFromBytes(addend + 2 * FIELD, entry + 64);
  fieldSet(addend + 3 * FIELD, 2);
  negateAddendIf(addend, -negative);
  addAddend(p, addend, false);
}

/** Writes the 32 bytes of P, RFC 8032 section 5.1.2. */
export function encodePoint(out: usize, p: usize): void {
  fieldInvert(e, p + Z);
  fieldMultiply(f, p + X, e);
  fieldToBytes(g, f);
  const sign = load<u8>(g) & 1;
  fieldMultiply(f, p + Y, e);
  fieldToBytes(out, f);
  store<u8>(out, load<u8>(out, 31) | (sign << 7), 31);
}

/** Reads a point, RFC 8032 section 5.1.3. False unless it is on the curve and in its one canonical encoding. */
export function decodePoint(p: usize, bytes: usize): bool {
  fieldFromBytes(p + Y, bytes);
  const sign = load<u8>(bytes, 31) >> 7;
  fieldToBytes(e, p + Y);
  store<u8>(e, load<u8>(e, 31) | (sign << 7), 31);
  for (let i: usize = 0; i < 32; i++) if (load<u8>(e + i) != load<u8>(bytes + i)) return false;

  fieldSet(p + Z, 1);
  fieldSquare(u, p + Y);
  fieldFromBytes(v, D);
  fieldMultiply(v, v, u);
  fieldAdd(v, v, p + Z); // v = d y^2 + 1
  fieldSubtract(u, u, p + Z); // u = y^2 - 1

  // x = (u/v)^((p+3)/8) = u v^3 (u v^7)^((p-5)/8)
  fieldSquare(e, v);
  fieldMultiply(e, e, v); // v^3
  fieldSquare(f, e);
  fieldMultiply(f, f, v);
  fieldMultiply(f, f, u); // u v^7
  fieldPower252(g, f);
  fieldMultiply(g, g, e);
  fieldMultiply(p + X, g, u);

  // v x^2 is u, or -u and x lacks a factor of sqrt(-1), or there is no root.
  fieldSquare(e, p + X);
  fieldMultiply(e, e, v);
  fieldSubtract(f, u, e);
  if (!fieldIsZero(f)) {
    fieldAdd(f, u, e);
    if (!fieldIsZero(f)) return false;
    fieldFromBytes(f, SQRT_MINUS_1);
    fieldMultiply(p + X, p + X, f);
  }
  fieldToBytes(e, p + X);
  if ((load<u8>(e) & 1) != sign) {
    if (fieldIsZero(p + X)) return false; // x = 0 has no negative
    fieldNegateIf(p + X, ~0);
  }
  fieldMultiply(p + T, p + X, p + Y);
  return true;
}

/** Whether the order of P divides 8: whether 8 P is the neutral element. Changes P. */
export function isSmallOrder(p: usize): bool {
  for (let i = 0; i < 3; i++) doublePoint(p, false);
  // Only (0, 1) and (0, -1) have x = 0, and the latter would make P's order 16, which does not divide 8 L.
  return fieldIsZero(p + X);
}

/** Wipes what the functions above left behind. */
export function edwardsWipe(): void {
  memory.fill(scratch, 0, SCRATCH_BYTES);
}
