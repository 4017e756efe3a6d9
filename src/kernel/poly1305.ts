/**
 * Poly1305, RFC 8439 section 2.5: at one go, or in steps for a caller who has something else to do meanwhile.
 *
 * A number modulo p = 2^130 - 5 is two 64-bit words and a third of a few bits. Key and message are secret, the length
 * is not.
 */
import { multiplyHigh } from "./multiply.ts";

export const TAG: usize = 16;
export const TAG_BLOCK: usize = 16;

/** h, the sum so far: three words, the highest small. */
const sum: usize = memory.data(24);
/** The key: r, by which h is multiplied, and the number that is added at the end. */
const factor: usize = memory.data(16);
const pad: usize = memory.data(16);
const lastBlock: usize = memory.data(16);

/** Only a method can be told to be inlined, which matters where it alternates with the cipher's rounds. */
export class Step {
  /** h = (h + block) r, partly reduced. `topBit` stands above the block's 128 bits. */
  @inline
  static absorb(block: usize, topBit: u64): void {
    const r0 = load<u64>(factor, 0);
    const r1 = load<u64>(factor, 8);
    // 2^130 is 5 modulo p, so what r1 moves past 2^128 comes back times 5/4; r1 is a multiple of 4.
    const s1 = r1 + (r1 >> 2);
    const m0 = load<u64>(block, 0);
    const m1 = load<u64>(block, 8);
    let h0 = load<u64>(sum, 0) + m0;
    const up = u64(h0 < m0);
    let h1 = load<u64>(sum, 8) + up;
    let h2 = load<u64>(sum, 16) + u64(h1 < up) + topBit;
    h1 += m1;
    h2 += u64(h1 < m1);

    const p0 = h1 * s1;
    const d0 = h0 * r0 + p0;
    const d1 = multiplyHigh(h0, r0) + multiplyHigh(h1, s1) + u64(d0 < p0);
    const p1 = h0 * r1;
    const p2 = h1 * r0 + p1;
    const p3 = p2 + h2 * s1;
    const e1 = multiplyHigh(h0, r1) + multiplyHigh(h1, r0) + u64(p2 < p1) + u64(p3 < p2);
    h1 = p3 + d1;
    const d2 = h2 * r0 + e1 + u64(h1 < d1);

    // Bits 130 and up, times 5.
    const over = (d2 & ~3) + (d2 >> 2);
    h0 = d0 + over;
    const again = u64(h0 < over);
    h1 += again;
    store<u64>(sum, h0, 0);
    store<u64>(sum, h1, 8);
    store<u64>(sum, (d2 & 3) + u64(h1 < again), 16);
  }
}

/** Writes the 16-byte tag of `length` bytes. `key`: 32 bytes, for this message alone. */
export function poly1305(out: usize, message: usize, length: usize, key: usize): void {
  begin(key);
  finish(out, message, length);
}

/** Starts a message. */
export function begin(key: usize): void {
  // The RFC wants these bits of r clear.
  store<u64>(factor, load<u64>(key, 0) & 0x0ffffffc0fffffff, 0);
  store<u64>(factor, load<u64>(key, 8) & 0x0ffffffc0ffffffc, 8);
  memory.copy(pad, key + 16, 16);
  memory.fill(sum, 0, 24);
}

/** Absorbs 16 bytes of the message. */
export function absorbBlock(block: usize): void {
  Step.absorb(block, 1);
}

/** Absorbs the last `length` bytes, writes the tag and wipes what is secret. */
export function finish(out: usize, message: usize, length: usize): void {
  let topBit: u64 = 1;
  while (length != 0) {
    if (length < TAG_BLOCK) {
      memory.fill(lastBlock, 0, TAG_BLOCK);
      memory.copy(lastBlock, message, length);
      store<u8>(lastBlock + length, 1);
      message = lastBlock;
      length = TAG_BLOCK;
      topBit = 0;
    }
    Step.absorb(message, topBit);
    message += TAG_BLOCK;
    length -= TAG_BLOCK;
  }
  const h0 = load<u64>(sum, 0);
  const h1 = load<u64>(sum, 8);
  const h2 = load<u64>(sum, 16);
  // h is below 2 p. If h + 5 reaches 2^130, h reaches p, and its low bits less p are those of h + 5.
  const g0 = h0 + 5;
  const g1 = h1 + carry(h0, 5, g0);
  const g2 = h2 + carry(h1, 0, g1);
  const reaches = 0 - (g2 >> 2);
  const low = h0 ^ ((h0 ^ g0) & reaches);
  const high = h1 ^ ((h1 ^ g1) & reaches);
  const padLow = load<u64>(pad, 0);
  const tagLow = low + padLow;
  store<u64>(out, tagLow, 0);
  store<u64>(out, high + load<u64>(pad, 8) + carry(low, padLow, tagLow), 8);
  memory.fill(sum, 0, 24);
  memory.fill(factor, 0, 16);
  memory.fill(pad, 0, 16);
  memory.fill(lastBlock, 0, TAG_BLOCK);
}

/** The carry out of a + b, or out of a + b + 1, whose low 64 bits are `total`. */
function carry(a: u64, b: u64, total: u64): u64 {
  return ((a & b) | ((a | b) & ~total)) >> 63;
}
