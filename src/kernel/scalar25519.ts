/**
 * Scalars of Curve25519 and edwards25519: 32 bytes, little-endian, mod the order of the base point,
 * L = 2^252 + 27742317777372353535851937790883648493. Constant in time.
 */
import { addModulo, fromMontgomery, isBelow, montgomeryWipe, multiplyModulo, toMontgomery } from "./montgomery.ts";

/** L as src/kernel/montgomery.ts wants a modulus; its first 32 bytes are L itself. */
// oxfmt-ignore
export const ORDER: usize = memory.data<u64>([
  0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0x0000000000000000, 0x1000000000000000,
  0xa40611e3449c0f01, 0xd00e1ba768859347, 0xceec73d217f5be65, 0x0399411b7c309a3d,
  0xd2b51da312547e1b,
]);

const product: usize = memory.data(32);

/** out = scalar, pruned as RFC 7748 section 5 (decodeScalar25519) and RFC 8032 section 5.1.5 say. */
export function clamp(out: usize, scalar: usize): void {
  memory.copy(out, scalar, 32);
  store<u8>(out, load<u8>(out) & 248);
  store<u8>(out, (load<u8>(out, 31) & 127) | 64, 31);
}

/** Whether a public scalar is below L. */
export function isScalar(scalar: usize): bool {
  return isBelow(scalar, ORDER) == 1;
}

/** out = the 64 bytes at `wide`, little-endian, mod L. */
export function reduceWide(out: usize, wide: usize): void {
  toMontgomery(product, wide + 32, ORDER); // upper half * 2^256
  toMontgomery(out, wide, ORDER);
  fromMontgomery(out, out, ORDER); // lower half
  addModulo(out, out, product, ORDER);
  scalarWipe();
}

/** out = a b + c mod L, for b and c below L and any a. */
export function multiplyAdd(out: usize, a: usize, b: usize, c: usize): void {
  toMontgomery(product, a, ORDER);
  multiplyModulo(product, b, product, ORDER);
  addModulo(out, product, c, ORDER);
  scalarWipe();
}

function scalarWipe(): void {
  memory.fill(product, 0, 32);
  montgomeryWipe();
}
