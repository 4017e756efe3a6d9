/**
 * AES-256 (FIPS 197) in counter mode (NIST SP 800-38A section 6.5), for private key files alone.
 *
 * Constant time: the S-box is computed, as inversion in GF(2^8) on all 16 bytes of a vector at once, and never looked
 * up. Small rather than fast, some 3 MB/s: the files have a few hundred bytes.
 */

const BLOCK: usize = 16;
const KEY: usize = 32;
const ROUNDS: usize = 14;
const ROUND_KEYS: usize = 15 * 16;

const roundKeys: usize = memory.data(15 * 16, 16);
const count: usize = memory.data(16, 16);
const keyStream: usize = memory.data(16, 16);

/**
 * XORs `length` bytes at `data` with the key stream. `key`: 32 bytes; `counter`: the first block's 16, which count up
 * as one big-endian number and are left unchanged.
 */
export function aes256Ctr(data: usize, length: usize, key: usize, counter: usize): void {
  expandKey(key);
  memory.copy(count, counter, BLOCK);
  while (length != 0) {
    v128.store(keyStream, encrypt(v128.load(count)));
    const n = length < BLOCK ? length : BLOCK;
    for (let i: usize = 0; i < n; i++) store<u8>(data + i, load<u8>(data + i) ^ load<u8>(keyStream + i));
    data += n;
    length -= n;
    const low = bswap(load<u64>(count, 8)) + 1;
    store<u64>(count, bswap(low), 8);
    if (low == 0) store<u64>(count, bswap(bswap(load<u64>(count, 0)) + 1), 0);
  }
  memory.fill(roundKeys, 0, ROUND_KEYS);
  memory.fill(keyStream, 0, BLOCK);
}

/** FIPS 197 section 5.2: eight words from the key, then each from the one before it and the one eight before it. */
function expandKey(key: usize): void {
  memory.copy(roundKeys, key, KEY);
  let roundConstant: u32 = 1;
  for (let at: usize = KEY; at < ROUND_KEYS; at += 4) {
    let word = load<u32>(roundKeys + at - 4);
    if ((at & 31) == 0) {
      word = rotr<u32>(substitute(word), 8) ^ roundConstant;
      roundConstant <<= 1;
    } else if ((at & 31) == 16) {
      word = substitute(word);
    }
    store<u32>(roundKeys + at, load<u32>(roundKeys + at - KEY) ^ word);
  }
}

function substitute(word: u32): u32 {
  return i32x4.extract_lane(substituteBytes(i32x4.splat(word)), 0);
}

/** FIPS 197 section 5.1. */
function encrypt(block: v128): v128 {
  let state = v128.xor(block, v128.load(roundKeys));
  for (let round: usize = 1; round <= ROUNDS; round++) {
    state = substituteBytes(state);
    // ShiftRows: row r, which is byte r of each column, moves r columns to the left.
    state = i8x16.shuffle(state, state, 0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11);
    if (round < ROUNDS) state = mixColumns(state);
    state = v128.xor(state, v128.load(roundKeys + round * BLOCK));
  }
  return state;
}

/** Each byte of a column becomes 2 of itself, 3 of the next, and the two after that. */
function mixColumns(state: v128): v128 {
  const next = i8x16.shuffle(state, state, 1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12);
  const pair = v128.xor(state, next);
  const opposite = i8x16.shuffle(pair, pair, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
  return v128.xor(v128.xor(double(pair), next), opposite);
}

/** SubBytes: x^-1, which is x^254, and an affine map of its bits. */
function substituteBytes(x: v128): v128 {
  let power = x;
  for (let i = 0; i < 6; i++) power = multiply(multiply(power, power), x);
  power = multiply(power, power);
  let result = v128.xor(power, i8x16.splat(0x63));
  for (let i = 0; i < 4; i++) {
    power = i8x16.sub(i8x16.add(power, power), topBits(power)); // rotates by a bit
    result = v128.xor(result, power);
  }
  return result;
}

/** In GF(2^8) modulo x^8 + x^4 + x^3 + x + 1, byte by byte. */
function multiply(a: v128, b: v128): v128 {
  let product = i8x16.splat(0);
  for (let i = 0; i < 8; i++) {
    product = v128.xor(double(product), v128.and(a, topBits(b)));
    b = i8x16.add(b, b);
  }
  return product;
}

function double(x: v128): v128 {
  return v128.xor(i8x16.add(x, x), v128.and(topBits(x), i8x16.splat(0x1b)));
}

/** All ones in the bytes whose highest bit is set. */
function topBits(x: v128): v128 {
  return i8x16.lt_s(x, i8x16.splat(0));
}
