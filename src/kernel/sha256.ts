/**
 * SHA-256, FIPS 180-4 section 6.2: at one go, or piece by piece.
 *
 * Its time depends on the length alone. A message may have up to 2^61 - 1 bytes, as the standard has it.
 */
import { INITIAL_HASH, ROUND_CONSTANTS } from "./sha2-constants.ts";

/** Bytes of a hash in progress: chaining value 32, message length 8, the block that isn't full yet 64. */
export const SHA256_STATE: usize = 104;
export const SHA256_LENGTH: usize = 32;
export const SHA256_BLOCK: usize = 64;

const TOTAL: usize = 32;
const BUFFER: usize = 40;
const LENGTH_FIELD: usize = 56;
const SCHEDULE_BYTES: usize = 64 * 4;

const schedule: usize = memory.data(64 * 4);
const oneShot: usize = memory.data(104);

/** Starts a hash in the SHA256_STATE bytes at `state`. */
export function sha256Init(state: usize): void {
  for (let i: usize = 0; i < SHA256_LENGTH; i += 4) store<u32>(state + i, load<u32>(INITIAL_HASH + 2 * i, 4));
  store<u64>(state, 0, TOTAL);
}

/** Appends `length` bytes to the message. */
export function sha256Update(state: usize, message: usize, length: usize): void {
  let filled = (load<u64>(state, TOTAL) as usize) & (SHA256_BLOCK - 1);
  store<u64>(state, load<u64>(state, TOTAL) + (length as u64), TOTAL);
  if (filled != 0) {
    const free = SHA256_BLOCK - filled;
    const taken = length < free ? length : free;
    memory.copy(state + BUFFER + filled, message, taken);
    if (taken < free) return;
    compress(state, state + BUFFER);
    message += taken;
    length -= taken;
  }
  for (; length >= SHA256_BLOCK; length -= SHA256_BLOCK, message += SHA256_BLOCK) compress(state, message);
  memory.copy(state + BUFFER, message, length);
}

/** Writes the hash, 32 bytes, and wipes the state. */
export function sha256Final(state: usize, out: usize): void {
  const filled = (load<u64>(state, TOTAL) as usize) & (SHA256_BLOCK - 1);
  const buffer = state + BUFFER;
  store<u8>(buffer + filled, 0x80);
  memory.fill(buffer + filled + 1, 0, SHA256_BLOCK - 1 - filled);
  if (filled >= LENGTH_FIELD) {
    compress(state, buffer);
    memory.fill(buffer, 0, SHA256_BLOCK);
  }
  store<u64>(buffer, bswap(load<u64>(state, TOTAL) << 3), LENGTH_FIELD);
  compress(state, buffer);
  for (let i: usize = 0; i < SHA256_LENGTH; i += 4) store<u32>(out + i, bswap(load<u32>(state + i)));
  memory.fill(state, 0, SHA256_STATE);
  memory.fill(schedule, 0, SCHEDULE_BYTES);
}

/** Writes the hash of `length` bytes to the 32 bytes at `out`, which may lie within the message. */
export function sha256(out: usize, message: usize, length: usize): void {
  sha256Init(oneShot);
  sha256Update(oneShot, message, length);
  sha256Final(oneShot, out);
}

function compress(state: usize, block: usize): void {
  for (let i: usize = 0; i < 64; i += 4) store<u32>(schedule + i, bswap(load<u32>(block + i)));
  for (let w = schedule; w < schedule + 48 * 4; w += 4) {
    const early = load<u32>(w, 1 * 4);
    const late = load<u32>(w, 14 * 4);
    const s0 = rotr<u32>(early, 7) ^ rotr<u32>(early, 18) ^ (early >> 3);
    const s1 = rotr<u32>(late, 17) ^ rotr<u32>(late, 19) ^ (late >> 10);
    store<u32>(w, load<u32>(w) + s0 + load<u32>(w, 9 * 4) + s1, 16 * 4);
  }
  let a = load<u32>(state, 0);
  let b = load<u32>(state, 4);
  let c = load<u32>(state, 8);
  let d = load<u32>(state, 12);
  let e = load<u32>(state, 16);
  let f = load<u32>(state, 20);
  let g = load<u32>(state, 24);
  let h = load<u32>(state, 28);
  for (let i: usize = 0; i < 64 * 4; i += 4) {
    const sum1 = rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25);
    const choice = g ^ (e & (f ^ g));
    const t1 = h + sum1 + choice + load<u32>(ROUND_CONSTANTS + 2 * i, 4) + load<u32>(schedule + i);
    const sum0 = rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22);
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
  store<u32>(state, load<u32>(state, 0) + a, 0);
  store<u32>(state, load<u32>(state, 4) + b, 4);
  store<u32>(state, load<u32>(state, 8) + c, 8);
  store<u32>(state, load<u32>(state, 12) + d, 12);
  store<u32>(state, load<u32>(state, 16) + e, 16);
  store<u32>(state, load<u32>(state, 20) + f, 20);
  store<u32>(state, load<u32>(state, 24) + g, 24);
  store<u32>(state, load<u32>(state, 28) + h, 28);
}
