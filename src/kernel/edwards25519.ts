/**
 * The group of edwards25519, RFC 8032 section 5.1: -x^2 + y^2 = 1 + d x^2 y^2 mod 2^255 - 19.
 *
 * A point is four field elements X, Y, Z, T (POINT bytes) with x = X/Z, y = Y/Z, xy = T/Z. An addend is a point made
 * ready to be added: Y-X, Y+X, 2dT, 2Z, as many bytes. Adding and doubling are complete (-1 is a square and d is none): they
 * have no exceptions. All is constant in time but decoding and `isSmallOrder`, which are for public points.
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

const SCRATCH_BYTES: usize = 6 * FIELD;
const scratch: usize = memory.data(SCRATCH_BYTES as i32);
const e: usize = scratch;
const f: usize = e + FIELD;
const g: usize = f + FIELD;
const h: usize = g + FIELD;
const u: usize = h + FIELD;
const v: usize = u + FIELD;

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
