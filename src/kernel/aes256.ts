/**
 * AES-256 (FIPS 197), and its counter mode (NIST SP 800-38A section 6.5). What src/kernel/aes128.ts shares is exported.
 *
 * Constant time: the S-box is computed from look-ups within vectors, which take the same time whatever is looked up.
 */

export const BLOCK: usize = 16;
const KEY: usize = 32;
const ROUNDS: usize = 14;
const ROUND_KEYS: usize = 15 * 16;
/** Blocks of key stream that are made at once, so that the processor has something to do while one waits for itself. */
const STRIDE: usize = 4 * BLOCK;

export const roundKeys: usize = memory.data(15 * 16, 16);
const count: usize = memory.data(16, 16);
const keyStream: usize = memory.data(4 * 16, 16);

/**
 * XORs `length` bytes at `data` with the key stream. `key`: 32 bytes; `counter`: the first block's 16, which count up
 * as one big-endian number and are left unchanged.
 */
export function aes256Ctr(data: usize, length: usize, key: usize, counter: usize): void {
  expandKey(key);
  xorKeyStream(data, length, counter);
  wipe();
}

/** The same with the key that was expanded. */
export function xorKeyStream(data: usize, length: usize, counter: usize): void {
  memory.copy(count, counter, BLOCK);
  while (length != 0) {
    for (let at = keyStream; at < keyStream + STRIDE; at += BLOCK) {
      v128.store(at, v128.load(count));
      const low = bswap(load<u64>(count, 8)) + 1;
      store<u64>(count, bswap(low), 8);
      if (low == 0) store<u64>(count, bswap(bswap(load<u64>(count)) + 1));
    }
    encryptBlocks(keyStream, STRIDE);
    const n = length < STRIDE ? length : STRIDE;
    let i: usize = 0;
    for (; i + BLOCK <= n; i += BLOCK) v128.store(data + i, v128.xor(v128.load(data + i), v128.load(keyStream + i)));
    for (; i < n; i++) store<u8>(data + i, load<u8>(data + i) ^ load<u8>(keyStream + i));
    data += n;
    length -= n;
  }
}

export function wipe(): void {
  memory.fill(roundKeys, 0, ROUND_KEYS);
  memory.fill(keyStream, 0, STRIDE);
}

/** FIPS 197 section 5.2: eight words from the key, then each from the one before it and the one eight before it. */
export function expandKey(key: usize): void {
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

/** The S-box of each byte. */
export function substitute(word: u32): u32 {
  return i32x4.extract_lane(substituteBytes(i32x4.splat(word)), 0);
}

/** FIPS 197 section 5.1, in place: as many bytes as are whole blocks. */
export function encryptBlocks(data: usize, length: usize): void {
  encryptRounds(data, length, ROUNDS);
}

/** The same with any number of rounds. */
export function encryptRounds(data: usize, length: usize, rounds: usize): void {
  const end = data + length;
  for (let at = data; at < end; at += BLOCK) v128.store(at, v128.xor(v128.load(at), v128.load(roundKeys)));
  for (let round: usize = 1; round <= rounds; round++) {
    const roundKey = v128.load(roundKeys + round * BLOCK);
    for (let at = data; at < end; at += BLOCK) {
      let state = substituteBytes(v128.load(at));
      // ShiftRows: row r, which is byte r of each column, moves r columns to the left.
      state = i8x16.shuffle(state, state, 0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11);
      if (round < rounds) state = mixColumns(state);
      v128.store(at, v128.xor(state, roundKey));
    }
  }
}

/** Each byte of a column becomes 2 of itself, 3 of the next, and the two after that. */
function mixColumns(state: v128): v128 {
  const next = i8x16.shuffle(state, state, 1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12);
  const pair = v128.xor(state, next);
  const opposite = i8x16.shuffle(pair, pair, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
  return v128.xor(v128.xor(double(pair), next), opposite);
}

/**
 * SubBytes: the inverse in GF(2^8), and an affine map of its bits. All look-ups are within vectors, by `swizzle`, which
 * takes the same time whatever is looked up; an index of 16 or more gives 0.
 *
 * The method is Hamburg's (Accelerating AES with Vector Permute Instructions, 2009). A byte is written as k + is with i
 * and k from GF(2^4), by x^4 + x + 1, and s^2 + as + a = 0, a = 2. With j = i + k, its inverse is a linear map of the
 * inverses of 1 / (1/i + a/k) + j and of 1 / (1/j + a/k) + i, where 1/0 is an infinity that swallows all that is added,
 * and has 0 for its inverse: 0x80.
 */
function substituteBytes(x: v128): v128 {
  const low = i8x16.splat(15);
  const y = v128.xor(
    // i in the upper half and k in the lower, by the halves of x
    i8x16.swizzle(i8x16(0, 1, 28, 29, 45, 44, 49, 48, 39, 38, 59, 58, 10, 11, 22, 23), v128.and(x, low)),
    i8x16.swizzle(
      i8x16(0, -122, -3, 123, -114, 8, 115, -11, 119, -15, -118, 12, -7, 127, 4, -126),
      v128.and(i16x8.shr_u(x, 4), low),
    ),
  );
  const k = v128.and(y, low);
  const i = v128.and(i16x8.shr_u(y, 4), low);
  const j = v128.xor(i, k);
  const inverses = i8x16(-128, 1, 9, 14, 13, 11, 7, 6, 15, 2, 12, 5, 10, 4, 3, 8);
  const aOverK = i8x16.swizzle(i8x16(-128, 2, 1, 15, 9, 5, 14, 12, 13, 4, 11, 10, 7, 8, 6, 3), k);
  const first = v128.xor(i8x16.swizzle(inverses, v128.xor(i8x16.swizzle(inverses, i), aOverK)), j);
  const second = v128.xor(i8x16.swizzle(inverses, v128.xor(i8x16.swizzle(inverses, j), aOverK)), i);
  // the inverse once more, back to the bits of AES, and its affine map but for the constant
  const fromFirst = i8x16(0, -53, -41, -80, 33, -115, 103, -84, 123, 90, -22, 61, 70, -10, -111, 28);
  const fromSecond = i8x16(0, -97, 97, 22, -62, 42, 119, -24, -119, 75, 93, 60, -75, -93, -44, -2);
  const result = v128.xor(i8x16.swizzle(fromFirst, first), i8x16.swizzle(fromSecond, second));
  return v128.xor(result, i8x16.splat(0x63));
}

/** Each byte times x, modulo x^8 + x^4 + x^3 + x + 1. */
function double(x: v128): v128 {
  return v128.xor(i8x16.add(x, x), v128.and(i8x16.lt_s(x, i8x16.splat(0)), i8x16.splat(0x1b)));
}
