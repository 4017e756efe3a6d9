/**
 * GHASH, NIST SP 800-38D section 6.4: a polynomial in the secret H over GF(2^128).
 *
 * Constant time: there are no tables. A product of polynomials is made of products of numbers of which every fourth bit
 * alone is used, so that nothing carries from one into the next. WebAssembly has the lower half of a product; the upper
 * one is the lower one of both operands mirrored, mirrored.
 *
 * In a block the first bit is the coefficient of x^0. So a block, read as a big-endian number, is a mirrored polynomial.
 */

const EVERY_FOURTH: u64 = 0x1111111111111111;

const BLOCK: usize = 16;
const STATE: usize = 8 * 8 + 16;
const state: usize = memory.data(8 * 8 + 16, 16);
/** The lower half of H, the upper one and their sum, each as it is and then mirrored. */
const h: usize = state;
/** What the hash is so far: lower half, then upper one. */
const y: usize = state + 6 * 8;
/** The last block, where it isn't whole. */
const padded: usize = state + 8 * 8;

/** Starts with H, 16 bytes. */
export function ghashStart(key: usize): void {
  const low = bswap(load<u64>(key, 8));
  const high = bswap(load<u64>(key));
  setOperand(h, low);
  setOperand(h + 16, high);
  setOperand(h + 32, low ^ high);
  memory.fill(y, 0, BLOCK);
}

/** Hashes `length` bytes, with zeros up to a whole block. */
export function ghash(data: usize, length: usize): void {
  for (; length >= BLOCK; length -= BLOCK) {
    absorb(bswap(load<u64>(data)), bswap(load<u64>(data, 8)));
    data += BLOCK;
  }
  if (length == 0) return;
  memory.fill(padded, 0, BLOCK);
  memory.copy(padded, data, length);
  absorb(bswap(load<u64>(padded)), bswap(load<u64>(padded, 8)));
}

/** Ends with the block that says how many bytes of each kind there were, and writes the 16 bytes of the hash. */
export function ghashFinish(out: usize, associated: usize, text: usize): void {
  absorb((associated as u64) << 3, (text as u64) << 3);
  store<u64>(out, bswap(load<u64>(y, 8)));
  store<u64>(out, bswap(load<u64>(y)), 8);
  memory.fill(state, 0, STATE);
}

/** y = (y + block) * H. Karatsuba's three products for each half. */
function absorb(high: u64, low: u64): void {
  low ^= load<u64>(y);
  high ^= load<u64>(y, 8);
  const lowMirrored = mirror(low);
  const highMirrored = mirror(high);
  const a = lowerProduct(low, load<u64>(h));
  const c = lowerProduct(high, load<u64>(h, 16));
  const b = lowerProduct(low ^ high, load<u64>(h, 32)) ^ a ^ c;
  const aMirrored = lowerProduct(lowMirrored, load<u64>(h, 8));
  const cMirrored = lowerProduct(highMirrored, load<u64>(h, 24));
  const bMirrored = lowerProduct(lowMirrored ^ highMirrored, load<u64>(h, 40)) ^ aMirrored ^ cMirrored;

  // 255 bits, up by one, so that x^0 is the highest of 256
  const p0 = a;
  const p1 = b ^ (mirror(aMirrored) >> 1);
  const p2 = c ^ (mirror(bMirrored) >> 1);
  const p3 = mirror(cMirrored) >> 1;
  const r0 = p0 << 1;
  let r1 = (p1 << 1) | (p0 >> 63);
  let r2 = (p2 << 1) | (p1 >> 63);
  let r3 = (p3 << 1) | (p2 >> 63);

  // x^128 = 1 + x + x^2 + x^7; a mirrored polynomial times x is a shift to the right
  r2 ^= r0 ^ (r0 >> 1) ^ (r0 >> 2) ^ (r0 >> 7);
  r1 ^= (r0 << 63) ^ (r0 << 62) ^ (r0 << 57);
  r3 ^= r1 ^ (r1 >> 1) ^ (r1 >> 2) ^ (r1 >> 7);
  r2 ^= (r1 << 63) ^ (r1 << 62) ^ (r1 << 57);
  store<u64>(y, r2);
  store<u64>(y, r3, 8);
}

function setOperand(at: usize, value: u64): void {
  store<u64>(at, value);
  store<u64>(at, mirror(value), 8);
}

/** The lower 64 coefficients of the product of two polynomials. At most 16 terms meet in a place that is kept. */
function lowerProduct(a: u64, b: u64): u64 {
  const a0 = a & EVERY_FOURTH;
  const a1 = a & (EVERY_FOURTH << 1);
  const a2 = a & (EVERY_FOURTH << 2);
  const a3 = a & (EVERY_FOURTH << 3);
  const b0 = b & EVERY_FOURTH;
  const b1 = b & (EVERY_FOURTH << 1);
  const b2 = b & (EVERY_FOURTH << 2);
  const b3 = b & (EVERY_FOURTH << 3);
  return (
    (((a0 * b0) ^ (a1 * b3) ^ (a2 * b2) ^ (a3 * b1)) & EVERY_FOURTH) |
    (((a0 * b1) ^ (a1 * b0) ^ (a2 * b3) ^ (a3 * b2)) & (EVERY_FOURTH << 1)) |
    (((a0 * b2) ^ (a1 * b1) ^ (a2 * b0) ^ (a3 * b3)) & (EVERY_FOURTH << 2)) |
    (((a0 * b3) ^ (a1 * b2) ^ (a2 * b1) ^ (a3 * b0)) & (EVERY_FOURTH << 3))
  );
}

/** The 64 bits in the opposite order. */
function mirror(x: u64): u64 {
  x = ((x >> 1) & 0x5555555555555555) | ((x & 0x5555555555555555) << 1);
  x = ((x >> 2) & 0x3333333333333333) | ((x & 0x3333333333333333) << 2);
  x = ((x >> 4) & 0x0f0f0f0f0f0f0f0f) | ((x & 0x0f0f0f0f0f0f0f0f) << 4);
  return bswap(x);
}
