/**
 * SHA-3 and SHAKE, FIPS 202: SHA3-256, SHA3-512, SHAKE128 and SHAKE256 at one go, and the sponge under them piece by
 * piece.
 *
 * A sponge is used in the order `spongeStart`, `absorb` any number of times, `finish`, `squeeze` any number of times.
 * Its time depends on the lengths alone. Left out: SHA3-224 and SHA3-384, which nothing here needs, and messages that
 * aren't whole bytes.
 */

/** Bytes of a sponge: the state's 25 lanes; then the rate and how much of the block is used up, u32 each, in bytes. */
export const SPONGE: i32 = 208;

/** Rates in bytes: what is left of the state's 200 beside twice the security level. FIPS 202 sections 6.1 and 6.2. */
export const SHAKE128_RATE: u32 = 168;
export const SHAKE256_RATE: u32 = 136;
export const SHA3_256_RATE: u32 = 136;
export const SHA3_512_RATE: u32 = 72;

/** What is appended to the message, with the first bit of the padding, from the lowest bit up: 01, 1 and 1111, 1. */
export const SHA3_SUFFIX: u8 = 0x06;
export const SHAKE_SUFFIX: u8 = 0x1f;

const LANES: usize = 200;
const RATE: usize = 200;
const USED: usize = 204;

const oneShot: usize = memory.data(SPONGE);

/** `out`: 32 bytes, which may lie within the message. */
export function sha3_256(out: usize, message: usize, length: usize): void {
  hash(out, 32, message, length, SHA3_256_RATE, SHA3_SUFFIX);
}

/** `out`: 64 bytes, which may lie within the message. */
export function sha3_512(out: usize, message: usize, length: usize): void {
  hash(out, 64, message, length, SHA3_512_RATE, SHA3_SUFFIX);
}

/** `out`: as many bytes as are asked for, which may lie within the message. */
export function shake128(out: usize, outLength: usize, message: usize, length: usize): void {
  hash(out, outLength, message, length, SHAKE128_RATE, SHAKE_SUFFIX);
}

/** `out`: as many bytes as are asked for, which may lie within the message. */
export function shake256(out: usize, outLength: usize, message: usize, length: usize): void {
  hash(out, outLength, message, length, SHAKE256_RATE, SHAKE_SUFFIX);
}

function hash(out: usize, outLength: usize, message: usize, length: usize, rate: u32, suffix: u8): void {
  spongeStart(oneShot, rate);
  absorb(oneShot, message, length);
  finish(oneShot, suffix);
  squeeze(oneShot, out, outLength);
  wipe(oneShot);
}

/** Starts a message in the SPONGE bytes at `sponge`, aligned to 8. `rate` is one of those above. */
export function spongeStart(sponge: usize, rate: u32): void {
  memory.fill(sponge, 0, LANES);
  store<u32>(sponge, rate, RATE);
  store<u32>(sponge, 0, USED);
}

/** Appends `length` bytes to the message. */
export function absorb(sponge: usize, message: usize, length: usize): void {
  const rate = load<u32>(sponge, RATE);
  let used = load<u32>(sponge, USED);
  for (const end = message + length; message < end;) {
    const lane = sponge + used;
    if ((used & 7) == 0 && end - message >= 8) {
      store<u64>(lane, load<u64>(lane) ^ load<u64>(message)); // a rate is a whole number of lanes
      used += 8;
      message += 8;
    } else {
      store<u8>(lane, load<u8>(lane) ^ load<u8>(message));
      used++;
      message++;
    }
    if (used == rate) {
      permute(sponge);
      used = 0;
    }
  }
  store<u32>(sponge, used, USED);
}

/** Ends the message with its suffix and the padding, pad10*1. */
export function finish(sponge: usize, suffix: u8): void {
  const rate = load<u32>(sponge, RATE);
  const end = sponge + load<u32>(sponge, USED);
  const last = sponge + rate - 1;
  store<u8>(end, load<u8>(end) ^ suffix);
  store<u8>(last, load<u8>(last) ^ 0x80);
  store<u32>(sponge, rate, USED); // the first squeeze permutes
}

/** Takes the next `length` bytes of output. */
export function squeeze(sponge: usize, out: usize, length: usize): void {
  const rate = load<u32>(sponge, RATE);
  while (length > 0) {
    if (load<u32>(sponge, USED) == rate) squeezeBlock(sponge);
    const used = load<u32>(sponge, USED);
    const left: usize = rate - used;
    const taken = length < left ? length : left;
    memory.copy(out, sponge + used, taken);
    store<u32>(sponge, used + (taken as u32), USED);
    out += taken;
    length -= taken;
  }
}

/** Makes the next block of output: the first bytes of `sponge` itself, as many as its rate, and none of them used. */
export function squeezeBlock(sponge: usize): void {
  permute(sponge);
  store<u32>(sponge, 0, USED);
}

export function wipe(sponge: usize): void {
  memory.fill(sponge, 0, SPONGE);
}

/** Round constants, FIPS 202 section 3.2.5, lower half before upper half. */
// oxfmt-ignore
const ROUND_CONSTANTS: usize = memory.data<u32>([
  0x00000001, 0x00000000, 0x00008082, 0x00000000, 0x0000808a, 0x80000000, 0x80008000, 0x80000000,
  0x0000808b, 0x00000000, 0x80000001, 0x00000000, 0x80008081, 0x80000000, 0x00008009, 0x80000000,
  0x0000008a, 0x00000000, 0x00000088, 0x00000000, 0x80008009, 0x00000000, 0x8000000a, 0x00000000,
  0x8000808b, 0x00000000, 0x0000008b, 0x80000000, 0x00008089, 0x80000000, 0x00008003, 0x80000000,
  0x00008002, 0x80000000, 0x00000080, 0x80000000, 0x0000800a, 0x00000000, 0x8000000a, 0x80000000,
  0x80008081, 0x80000000, 0x00008080, 0x80000000, 0x80000001, 0x00000000, 0x80008008, 0x80000000,
]);
const ROUNDS_BYTES: usize = 24 * 8;

/**
 * Keccak-p[1600, 24], FIPS 202 section 3.3, in place. Lane (x, y) of the standard is a variable with the number
 * x + 5y.
 */
function permute(state: usize): void {
  let a0 = load<u64>(state);
  let a1 = load<u64>(state, 8);
  let a2 = load<u64>(state, 16);
  let a3 = load<u64>(state, 24);
  let a4 = load<u64>(state, 32);
  let a5 = load<u64>(state, 40);
  let a6 = load<u64>(state, 48);
  let a7 = load<u64>(state, 56);
  let a8 = load<u64>(state, 64);
  let a9 = load<u64>(state, 72);
  let a10 = load<u64>(state, 80);
  let a11 = load<u64>(state, 88);
  let a12 = load<u64>(state, 96);
  let a13 = load<u64>(state, 104);
  let a14 = load<u64>(state, 112);
  let a15 = load<u64>(state, 120);
  let a16 = load<u64>(state, 128);
  let a17 = load<u64>(state, 136);
  let a18 = load<u64>(state, 144);
  let a19 = load<u64>(state, 152);
  let a20 = load<u64>(state, 160);
  let a21 = load<u64>(state, 168);
  let a22 = load<u64>(state, 176);
  let a23 = load<u64>(state, 184);
  let a24 = load<u64>(state, 192);
  for (let round: usize = 0; round < ROUNDS_BYTES; round += 8) {
    // theta: each lane takes the parities of the columns beside it
    const c0 = a0 ^ a5 ^ a10 ^ a15 ^ a20;
    const c1 = a1 ^ a6 ^ a11 ^ a16 ^ a21;
    const c2 = a2 ^ a7 ^ a12 ^ a17 ^ a22;
    const c3 = a3 ^ a8 ^ a13 ^ a18 ^ a23;
    const c4 = a4 ^ a9 ^ a14 ^ a19 ^ a24;
    const d0 = c4 ^ rotl<u64>(c1, 1);
    const d1 = c0 ^ rotl<u64>(c2, 1);
    const d2 = c1 ^ rotl<u64>(c3, 1);
    const d3 = c2 ^ rotl<u64>(c4, 1);
    const d4 = c3 ^ rotl<u64>(c0, 1);

    // rho and pi: a lane rotates into the place of the next; they form one cycle, and a0 stays where it is
    a0 ^= d0;
    const first = a1 ^ d1;
    a1 = rotl<u64>(a6 ^ d1, 44);
    a6 = rotl<u64>(a9 ^ d4, 20);
    a9 = rotl<u64>(a22 ^ d2, 61);
    a22 = rotl<u64>(a14 ^ d4, 39);
    a14 = rotl<u64>(a20 ^ d0, 18);
    a20 = rotl<u64>(a2 ^ d2, 62);
    a2 = rotl<u64>(a12 ^ d2, 43);
    a12 = rotl<u64>(a13 ^ d3, 25);
    a13 = rotl<u64>(a19 ^ d4, 8);
    a19 = rotl<u64>(a23 ^ d3, 56);
    a23 = rotl<u64>(a15 ^ d0, 41);
    a15 = rotl<u64>(a4 ^ d4, 27);
    a4 = rotl<u64>(a24 ^ d4, 14);
    a24 = rotl<u64>(a21 ^ d1, 2);
    a21 = rotl<u64>(a8 ^ d3, 55);
    a8 = rotl<u64>(a16 ^ d1, 45);
    a16 = rotl<u64>(a5 ^ d0, 36);
    a5 = rotl<u64>(a3 ^ d3, 28);
    a3 = rotl<u64>(a18 ^ d3, 21);
    a18 = rotl<u64>(a17 ^ d2, 15);
    a17 = rotl<u64>(a11 ^ d1, 10);
    a11 = rotl<u64>(a7 ^ d2, 6);
    a7 = rotl<u64>(a10 ^ d0, 3);
    a10 = rotl<u64>(first, 1);

    // chi: each row, and iota into the first
    const e0 = a0;
    const f0 = a1;
    a0 ^= (~a1 & a2) ^ load<u64>(ROUND_CONSTANTS + round);
    a1 ^= ~a2 & a3;
    a2 ^= ~a3 & a4;
    a3 ^= ~a4 & e0;
    a4 ^= ~e0 & f0;
    const e1 = a5;
    const f1 = a6;
    a5 ^= ~a6 & a7;
    a6 ^= ~a7 & a8;
    a7 ^= ~a8 & a9;
    a8 ^= ~a9 & e1;
    a9 ^= ~e1 & f1;
    const e2 = a10;
    const f2 = a11;
    a10 ^= ~a11 & a12;
    a11 ^= ~a12 & a13;
    a12 ^= ~a13 & a14;
    a13 ^= ~a14 & e2;
    a14 ^= ~e2 & f2;
    const e3 = a15;
    const f3 = a16;
    a15 ^= ~a16 & a17;
    a16 ^= ~a17 & a18;
    a17 ^= ~a18 & a19;
    a18 ^= ~a19 & e3;
    a19 ^= ~e3 & f3;
    const e4 = a20;
    const f4 = a21;
    a20 ^= ~a21 & a22;
    a21 ^= ~a22 & a23;
    a22 ^= ~a23 & a24;
    a23 ^= ~a24 & e4;
    a24 ^= ~e4 & f4;
  }
  store<u64>(state, a0);
  store<u64>(state, a1, 8);
  store<u64>(state, a2, 16);
  store<u64>(state, a3, 24);
  store<u64>(state, a4, 32);
  store<u64>(state, a5, 40);
  store<u64>(state, a6, 48);
  store<u64>(state, a7, 56);
  store<u64>(state, a8, 64);
  store<u64>(state, a9, 72);
  store<u64>(state, a10, 80);
  store<u64>(state, a11, 88);
  store<u64>(state, a12, 96);
  store<u64>(state, a13, 104);
  store<u64>(state, a14, 112);
  store<u64>(state, a15, 120);
  store<u64>(state, a16, 128);
  store<u64>(state, a17, 136);
  store<u64>(state, a18, 144);
  store<u64>(state, a19, 152);
  store<u64>(state, a20, 160);
  store<u64>(state, a21, 168);
  store<u64>(state, a22, 176);
  store<u64>(state, a23, 184);
  store<u64>(state, a24, 192);
}
