/**
 * Blowfish (Schneier, 1993) as far as bcrypt needs it: its costly key set-up, and encryption.
 *
 * Not constant time, and can't be: the key decides which table entries are read. Nothing secret but a passphrase passes
 * through it, on a machine that its owner has just typed it into.
 *
 * The tables start as the first 33344 bits of pi's fraction. They are computed when first needed, within some 20
 * milliseconds, in place of the four kilobytes that they would add to the executable.
 */

const SUBKEYS: usize = 18;
const WORDS: usize = 18 + 4 * 256;
const KEY: usize = 64;

/** 18 subkeys, then four S-boxes of 256 words. */
const tables: usize = memory.data((18 + 4 * 256) * 4, 16);
const boxes: usize = tables + 18 * 4;
/** The same, as they start; all zero before they have been computed. */
const initial: usize = memory.data((18 + 4 * 256) * 4, 16);

/** Pi in base 2^32: the whole part, then the words wanted, then one for what gets lost by rounding down. */
const DIGITS: usize = WORDS + 2;
const digits: usize = memory.data((18 + 4 * 256 + 2) * 8, 16);
/** Each term of the series adds log2(27/2) = 3.75 bits. */
const TERMS: u64 = 8904;

/** Makes the tables ready for a new key. */
export function startTables(): void {
  if (load<u32>(initial) == 0) computePi();
  memory.copy(tables, initial, WORDS * 4);
}

/** Works 64 bytes of `key` into the tables, and 64 of `salt`: bcrypt's addition to Blowfish's key set-up. */
export function expandKey(salt: usize, key: usize): void {
  for (let i: usize = 0; i < SUBKEYS; i++) {
    const word = bswap(load<u32>(key + ((4 * i) & (KEY - 1))));
    store<u32>(tables + 4 * i, load<u32>(tables + 4 * i) ^ word);
  }
  let left: u32 = 0;
  let right: u32 = 0;
  for (let i: usize = 0; i < WORDS * 4; i += 8) {
    left ^= bswap(load<u32>(salt + (i & (KEY - 1))));
    right ^= bswap(load<u32>(salt + (i & (KEY - 1)), 4));
    const block = encrypt(left, right);
    left = (block >> 32) as u32;
    right = block as u32;
    store<u32>(tables + i, left, 0);
    store<u32>(tables + i, right, 4);
  }
}

/** Encrypts one block; the result has its left half on top. */
export function encrypt(left: u32, right: u32): u64 {
  left ^= load<u32>(tables);
  for (let i: usize = 4; i <= 64; i += 8) {
    right ^= mix(left) ^ load<u32>(tables + i, 0);
    left ^= mix(right) ^ load<u32>(tables + i, 4);
  }
  return (((right ^ load<u32>(tables, 68)) as u64) << 32) | (left as u64);
}

/** Overwrites what depends on the key. */
export function wipeTables(): void {
  memory.fill(tables, 0, WORDS * 4);
}

function mix(x: u32): u32 {
  const a = load<u32>(boxes + ((x >> 24) << 2));
  const b = load<u32>(boxes + (((x >> 16) & 255) << 2), 1024);
  const c = load<u32>(boxes + (((x >> 8) & 255) << 2), 2048);
  const d = load<u32>(boxes + ((x & 255) << 2), 3072);
  return ((a + b) ^ c) + d;
}

/**
 * Gosper's series (1974) in Horner's form, from its last term inwards:
 * pi = 3 + 1*1/(3*4*5) (8 + 2*3/(3*7*8) (13 + 3*5/(3*10*11) (18 + ...))).
 *
 * Two terms go through the digits together, since a processor can do the one's division while it waits for the other's.
 * A digit may pass 2^32 by an eleventh meanwhile, for which its 64 bits have room.
 */
function computePi(): void {
  memory.fill(digits, 0, DIGITS * 8);
  for (let k = TERMS; k > 0; k -= 2) {
    // The later terms are so small that only their first digits count: 15/4 bits a term.
    const end = digits + 8 * (DIGITS - (((15 * (k - 1)) >> 7) as usize));
    let remainder: u64 = 0;
    let nextRemainder: u64 = 0;
    store<u64>(digits, load<u64>(digits) + whole(k));
    for (let at = digits; at < end; at += 8) {
      const dividend = (remainder << 32) + load<u64>(at) * numerator(k);
      let digit = dividend / denominator(k);
      remainder = dividend - digit * denominator(k);
      if (at == digits) digit += whole(k - 1);
      const nextDividend = (nextRemainder << 32) + digit * numerator(k - 1);
      digit = nextDividend / denominator(k - 1);
      nextRemainder = nextDividend - digit * denominator(k - 1);
      store<u64>(at, digit);
    }
  }
  let carry: u64 = 0;
  for (let i = DIGITS - 1; i > 0; i--) {
    const digit = load<u64>(digits + 8 * i) + carry;
    carry = digit >> 32;
    if (i <= WORDS) store<u32>(initial + 4 * (i - 1), digit as u32);
  }
}

function whole(k: u64): u64 {
  return 5 * k + 3;
}

function numerator(k: u64): u64 {
  return k * (2 * k - 1);
}

function denominator(k: u64): u64 {
  return 3 * (3 * k + 1) * (3 * k + 2);
}
