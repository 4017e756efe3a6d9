/**
 * Poly1305, RFC 8439 section 2.5: at one go, or in steps for a caller who has something else to do meanwhile.
 *
 * Numbers modulo 2^130 - 5 are five limbs of 26 bits in 64-bit words, so that the products of a block add up without a
 * carry. Key and message are secret, the length is not.
 */

export const TAG: usize = 16;

const BLOCK: usize = 16;
const LIMB: u64 = 0x3ffffff;
/** The bit above a whole block's 128, in the highest limb. */
const HIGH_BIT: u64 = 1 << 24;

/** h, the sum so far, five limbs; r, five limbs; the key's other half, which is added at the end. */
const sum: usize = memory.data(40);
const factor: usize = memory.data(40);
const pad: usize = memory.data(16);
const lastBlock: usize = memory.data(16);

/** Writes the 16-byte tag of `length` bytes. `key`: 32 bytes, for this message alone. */
export function poly1305(out: usize, message: usize, length: usize, key: usize): void {
  begin(key);
  finish(out, message, length);
}

/** Starts a message. */
export function begin(key: usize): void {
  const low = load<u64>(key);
  const high = load<u64>(key, 8);
  // r, with the bits cleared that the RFC wants clear.
  store<u64>(factor, low & 0x3ffffff, 0);
  store<u64>(factor, (low >> 26) & 0x3ffff03, 8);
  store<u64>(factor, ((low >> 52) | (high << 12)) & 0x3ffc0ff, 16);
  store<u64>(factor, (high >> 14) & 0x3f03fff, 24);
  store<u64>(factor, (high >> 40) & 0x00fffff, 32);
  memory.copy(pad, key + 16, 16);
  memory.fill(sum, 0, 40);
}

/** Absorbs 16 bytes of the message. */
export function absorbBlock(block: usize): void {
  absorb(block, HIGH_BIT);
}

/** Absorbs the last `length` bytes, writes the tag and wipes what is secret. */
export function finish(out: usize, message: usize, length: usize): void {
  for (; length >= BLOCK; length -= BLOCK, message += BLOCK) absorb(message, HIGH_BIT);
  if (length != 0) {
    memory.fill(lastBlock, 0, BLOCK);
    memory.copy(lastBlock, message, length);
    store<u8>(lastBlock + length, 1);
    absorb(lastBlock, 0);
    memory.fill(lastBlock, 0, BLOCK);
  }
  let h0 = load<u64>(sum, 0);
  let h1 = load<u64>(sum, 8);
  let h2 = load<u64>(sum, 16);
  let h3 = load<u64>(sum, 24);
  let h4 = load<u64>(sum, 32);
  // Carried through, h is below 2^130; then 2^130 - 5 is taken off if it isn't below that.
  h2 += h1 >> 26;
  h3 += h2 >> 26;
  h4 += h3 >> 26;
  h0 += (h4 >> 26) * 5;
  h1 = (h1 & LIMB) + (h0 >> 26);
  h0 &= LIMB;
  h2 = (h2 & LIMB) + (h1 >> 26);
  h1 &= LIMB;
  h3 = (h3 & LIMB) + (h2 >> 26);
  h2 &= LIMB;
  h4 = (h4 & LIMB) + (h3 >> 26);
  h3 &= LIMB;
  const reachesPrime = (h4 + ((h3 + ((h2 + ((h1 + ((h0 + 5) >> 26)) >> 26)) >> 26)) >> 26)) >> 26;
  h0 += reachesPrime * 5;
  h1 += h0 >> 26;
  h2 += h1 >> 26;
  h3 += h2 >> 26;
  h4 += h3 >> 26;
  const low = (h0 & LIMB) | ((h1 & LIMB) << 26) | (h2 << 52);
  const high = ((h2 & LIMB) >> 12) | ((h3 & LIMB) << 14) | (h4 << 40);

  const padLow = load<u64>(pad);
  const tagLow = low + padLow;
  const carry = ((low & padLow) | ((low | padLow) & ~tagLow)) >> 63;
  store<u64>(out, tagLow);
  store<u64>(out, high + load<u64>(pad, 8) + carry, 8);
  memory.fill(sum, 0, 40);
  memory.fill(factor, 0, 40);
  memory.fill(pad, 0, 16);
}

/** h = (h + block) r, carried so far that the next products fit. `highBit` says where the block ends. */
function absorb(block: usize, highBit: u64): void {
  const r0 = load<u64>(factor, 0);
  const r1 = load<u64>(factor, 8);
  const r2 = load<u64>(factor, 16);
  const r3 = load<u64>(factor, 24);
  const r4 = load<u64>(factor, 32);
  // What passes 2^130 comes back times 5.
  const s1 = r1 * 5;
  const s2 = r2 * 5;
  const s3 = r3 * 5;
  const s4 = r4 * 5;
  const low = load<u64>(block);
  const high = load<u64>(block, 8);
  const h0 = load<u64>(sum, 0) + (low & LIMB);
  const h1 = load<u64>(sum, 8) + ((low >> 26) & LIMB);
  const h2 = load<u64>(sum, 16) + (((low >> 52) | (high << 12)) & LIMB);
  const h3 = load<u64>(sum, 24) + ((high >> 14) & LIMB);
  const h4 = load<u64>(sum, 32) + ((high >> 40) | highBit);
  const d0 = h0 * r0 + h1 * s4 + h2 * s3 + h3 * s2 + h4 * s1;
  const d1 = h0 * r1 + h1 * r0 + h2 * s4 + h3 * s3 + h4 * s2 + (d0 >> 26);
  const d2 = h0 * r2 + h1 * r1 + h2 * r0 + h3 * s4 + h4 * s3 + (d1 >> 26);
  const d3 = h0 * r3 + h1 * r2 + h2 * r1 + h3 * r0 + h4 * s4 + (d2 >> 26);
  const d4 = h0 * r4 + h1 * r3 + h2 * r2 + h3 * r1 + h4 * r0 + (d3 >> 26);
  const wrapped = (d0 & LIMB) + (d4 >> 26) * 5;
  store<u64>(sum, wrapped & LIMB, 0);
  store<u64>(sum, (d1 & LIMB) + (wrapped >> 26), 8);
  store<u64>(sum, d2 & LIMB, 16);
  store<u64>(sum, d3 & LIMB, 24);
  store<u64>(sum, d4 & LIMB, 32);
}
