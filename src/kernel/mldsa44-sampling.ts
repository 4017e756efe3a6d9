/**
 * What ML-DSA-44 samples, FIPS 204 section 7.3: the matrix, the secret vectors, the mask and the challenge.
 *
 * The matrix and the challenge are public, and sampling them takes its time from them. Rejection within a secret vector
 * shows in time which half-bytes were passed over, and nothing of those that were used.
 */
import { disclosed } from "./disclosure.ts";
import {
  SHAKE128_RATE,
  SHAKE256_RATE,
  SHAKE_SUFFIX,
  SPONGE,
  absorb,
  finish,
  spongeStart,
  squeeze,
  squeezeBlock,
  wipe,
} from "./keccak.ts";
import { Q, reflect, wrap } from "./mldsa44-ring.ts";
import { POLYNOMIAL, byteDecode } from "./polynomial.ts";

/** Coefficients of secret vectors are in [-eta, eta], of masks in (-gamma_1, gamma_1]. */
export const ETA: u32 = 2;
export const GAMMA1: u32 = 1 << 17;
/** Bits of a packed coefficient of a mask, or of z. */
export const MASK_BITS: u32 = 18;
const MASK_BYTES: usize = 576;
/** Coefficients of a challenge that aren't 0: tau. */
const TAU: i32 = 39;
/** Bytes of a challenge's seed. */
export const CHALLENGE: usize = 32;

const sponge: usize = memory.data(SPONGE);
const nonce: usize = memory.data(2);
const packed: usize = memory.data(MASK_BYTES as i32);

function startOutput(rate: u32, seed: usize, length: usize, number: u16): void {
  store<u16>(nonce, number);
  spongeStart(sponge, rate);
  absorb(sponge, seed, length);
  absorb(sponge, nonce, 2);
  finish(sponge, SHAKE_SUFFIX);
}

/** Algorithm 30, RejNTTPoly: an element of the matrix, transformed, from the 32 public bytes at `seed`. */
export function sampleNtt(f: usize, seed: usize, row: u32, column: u32): void {
  startOutput(SHAKE128_RATE, seed, 32, ((row << 8) | column) as u16);
  const end = f + POLYNOMIAL;
  while (f < end) {
    squeezeBlock(sponge); // 56 times three bytes
    for (let at = sponge; at < sponge + SHAKE128_RATE && f < end; at += 3) {
      const x = load<u32>(at) & 0x7fffff;
      if (x >= Q) continue;
      store<u32>(f, x);
      f += 4;
    }
  }
}

/** Algorithm 31, RejBoundedPoly: coefficients in [-2, 2] from the 64 secret bytes at `seed`. */
export function sampleSecret(f: usize, seed: usize, number: u32): void {
  startOutput(SHAKE256_RATE, seed, 64, number as u16);
  const end = f + POLYNOMIAL;
  while (f < end) {
    squeezeBlock(sponge);
    for (let i: u32 = 0; i < 2 * SHAKE256_RATE && f < end; i++) {
      const half = ((load<u8>(sponge + (i >> 1)) as u32) >> ((i & 1) * 4)) & 15;
      // public: the half-bytes are independent, so that one which is passed over says nothing of the others
      if (disclosed((14 - half) >> 31) != 0) continue;
      store<u32>(f, wrap(ETA + 5 * ((half * 205) >> 10) - half)); // 205 / 2^10 is 1/5, near enough for half a byte
      f += 4;
    }
  }
}

/** One polynomial of algorithm 34, ExpandMask, from the 64 secret bytes at `seed`. */
export function sampleMask(f: usize, seed: usize, number: u32): void {
  startOutput(SHAKE256_RATE, seed, 64, number as u16);
  squeeze(sponge, packed, MASK_BYTES);
  byteDecode(f, packed, MASK_BITS);
  reflect(f, GAMMA1);
}

/** Algorithm 29, SampleInBall: 39 coefficients are 1 or -1, the others 0; from the 32 public bytes at `seed`. */
export function sampleInBall(f: usize, seed: usize): void {
  memory.fill(f, 0, POLYNOMIAL);
  spongeStart(sponge, SHAKE256_RATE);
  absorb(sponge, seed, CHALLENGE);
  finish(sponge, SHAKE_SUFFIX);
  squeeze(sponge, packed, 8);
  let signs = load<u64>(packed);
  for (let i = 256 - TAU; i < 256; i++) {
    do squeeze(sponge, packed, 1);
    while ((load<u8>(packed) as i32) > i);
    const at = f + 4 * (load<u8>(packed) as usize);
    store<u32>(f + 4 * (i as usize), load<u32>(at));
    store<u32>(at, (signs & 1) == 0 ? 1 : Q - 1);
    signs >>= 1;
  }
}

export function wipeSampling(): void {
  wipe(sponge);
  store<u16>(nonce, 0);
  memory.fill(packed, 0, MASK_BYTES);
}
