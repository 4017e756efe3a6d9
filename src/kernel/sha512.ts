/**
 * SHA-512, FIPS 180-4 section 6.4: at one go, or piece by piece.
 *
 * Its time depends on the length alone. A message may have up to 2^61 - 1 bytes: the upper half of the 128-bit length
 * is always zero.
 */
import { INITIAL_HASH, ROUND_CONSTANTS } from "./sha2-constants.ts";

/** Bytes of a hash in progress: chaining value 64, message length 8, the block that isn't full yet 128. */
export const SHA512_STATE: usize = 200;
export const SHA512_LENGTH: usize = 64;
export const SHA512_BLOCK: usize = 128;

const TOTAL: usize = 64;
const BUFFER: usize = 72;
const LENGTH_FIELD: usize = 112;
const SCHEDULE_BYTES: usize = 80 * 8;

const schedule: usize = memory.data(80 * 8);
const oneShot: usize = memory.data(200);

/** Starts a hash in the SHA512_STATE bytes at `state`. */
export function sha512Init(state: usize): void {
  memory.copy(state, INITIAL_HASH, SHA512_LENGTH);
  store<u64>(state, 0, TOTAL);
}

/** Appends `length` bytes to the message. */
export function sha512Update(state: usize, message: usize, length: usize): void {
  let filled = (load<u64>(state, TOTAL) as usize) & (SHA512_BLOCK - 1);
  store<u64>(state, load<u64>(state, TOTAL) + (length as u64), TOTAL);
  if (filled != 0) {
    const free = SHA512_BLOCK - filled;
    const taken = length < free ? length : free;
    memory.copy(state + BUFFER + filled, message, taken);
    if (taken < free) return;
    compress(state, state + BUFFER);
    message += taken;
    length -= taken;
  }
  for (; length >= SHA512_BLOCK; length -= SHA512_BLOCK, message += SHA512_BLOCK) compress(state, message);
  memory.copy(state + BUFFER, message, length);
}

/** Writes the hash, 64 bytes, and wipes the state. */
export function sha512Final(state: usize, out: usize): void {
  const filled = (load<u64>(state, TOTAL) as usize) & (SHA512_BLOCK - 1);
  const buffer = state + BUFFER;
  store<u8>(buffer + filled, 0x80);
  memory.fill(buffer + filled + 1, 0, SHA512_BLOCK - 1 - filled);
  if (filled >= LENGTH_FIELD) {
    compress(state, buffer);
    memory.fill(buffer, 0, SHA512_BLOCK);
  }
  store<u64>(buffer, bswap(load<u64>(state, TOTAL) << 3), SHA512_BLOCK - 8);
  compress(state, buffer);
  for (let i: usize = 0; i < SHA512_LENGTH; i += 8) store<u64>(out + i, bswap(load<u64>(state + i)));
  memory.fill(state, 0, SHA512_STATE);
  memory.fill(schedule, 0, SCHEDULE_BYTES);
}

/** Writes the hash of `length` bytes to the 64 bytes at `out`, which may lie within the message. */
export function sha512(out: usize, message: usize, length: usize): void {
  sha512Init(oneShot);
  sha512Update(oneShot, message, length);
  sha512Final(oneShot, out);
}

function compress(state: usize, block: usize): void {
  for (let i: usize = 0; i < 128; i += 8) store<u64>(schedule + i, bswap(load<u64>(block + i)));
  for (let w = schedule; w < schedule + 64 * 8; w += 8) {
    const early = load<u64>(w, 1 * 8);
    const late = load<u64>(w, 14 * 8);
    const s0 = rotr<u64>(early, 1) ^ rotr<u64>(early, 8) ^ (early >> 7);
    const s1 = rotr<u64>(late, 19) ^ rotr<u64>(late, 61) ^ (late >> 6);
    store<u64>(w, load<u64>(w) + s0 + load<u64>(w, 9 * 8) + s1, 16 * 8);
  }
  let a = load<u64>(state, 0);
  let b = load<u64>(state, 8);
  let c = load<u64>(state, 16);
  let d = load<u64>(state, 24);
  let e = load<u64>(state, 32);
  let f = load<u64>(state, 40);
  let g = load<u64>(state, 48);
  let h = load<u64>(state, 56);
  for (let i: usize = 0; i < 80 * 8; i += 8) {
    const sum1 = rotr<u64>(e, 14) ^ rotr<u64>(e, 18) ^ rotr<u64>(e, 41);
    const choice = g ^ (e & (f ^ g));
    const t1 = h + sum1 + choice + load<u64>(ROUND_CONSTANTS + i) + load<u64>(schedule + i);
    const sum0 = rotr<u64>(a, 28) ^ rotr<u64>(a, 34) ^ rotr<u64>(a, 39);
    const majority = (a & b) | (c & (a | b));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + sum0 + majority;
  }
  store<u64>(state, load<u64>(state, 0) + a, 0);
  store<u64>(state, load<u64>(state, 8) + b, 8);
  store<u64>(state, load<u64>(state, 16) + c, 16);
  store<u64>(state, load<u64>(state, 24) + d, 24);
  store<u64>(state, load<u64>(state, 32) + e, 32);
  store<u64>(state, load<u64>(state, 40) + f, 40);
  store<u64>(state, load<u64>(state, 48) + g, 48);
  store<u64>(state, load<u64>(state, 56) + h, 56);
}
