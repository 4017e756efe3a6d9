/**
 * ML-DSA-44, FIPS 204: pure signatures with a context, deterministic or hedged; keys are held as the seeds that they are
 * made of. Verification is strict: it takes a signature in its one encoding alone.
 *
 * Left out: HashML-DSA, and randomness, which is the caller's (32 zeros make a signature deterministic).
 *
 * Signing tries until what it has made tells nothing of the key. How many tries it took shows in time, and is
 * independent of the key and of the message; the challenge of each try may be known as well (Dilithium's specification,
 * version 3.1, section 5.5). All else is constant in time. Verification is of public values.
 */
import { disclose, disclosed } from "./disclosure.ts";
import { SHAKE256_RATE, SHAKE_SUFFIX, SPONGE, absorb, finish, shake256, spongeStart, squeeze, wipe } from "./keccak.ts";
import {
  HIGH_BITS,
  HIGH_BYTES,
  RANK,
  SEED,
  VECTOR,
  decodeKey,
  encodeKey,
  expandKey,
  expandMatrix,
  hedge,
  multiplyRow,
  nttVector,
  operand,
  publicKey,
  s1,
  s2,
  t0,
  tr,
  wipeKey,
} from "./mldsa44-key.ts";
import {
  add,
  addProduct,
  inverseNtt,
  multiply,
  ntt,
  prepareZetas,
  reaches,
  reflect,
  subtract,
} from "./mldsa44-ring.ts";
import { GAMMA2, highParts, lowReaches, makeHint, undoPower2Round, useHint } from "./mldsa44-rounding.ts";
import { CHALLENGE, GAMMA1, MASK_BITS, sampleInBall, sampleMask, wipeSampling } from "./mldsa44-sampling.ts";
import { POLYNOMIAL, byteDecode, byteEncode } from "./polynomial.ts";

/** tau * eta: how far a challenge times a secret vector reaches. */
const BETA: u32 = 78;
/** Ones that all hints have together at most: omega. */
const HINTS: u32 = 80;
/** Bits of a coefficient of w1, and bytes of such a polynomial. */
const W1_BITS: u32 = 6;
const W1_BYTES: usize = 192;

/** A signature: the challenge's seed, z, and the hints. */
const PUBLIC_KEY: usize = 1312;
const SIGNATURE_Z: usize = CHALLENGE;
const Z_BYTES: usize = 576;
const SIGNATURE_HINTS: usize = SIGNATURE_Z + RANK * Z_BYTES;
const MU: usize = 64;
/** A context's length must fit into a byte. */
const CONTEXT_LIMIT: usize = 255;

const SCRATCH: usize = 2 * VECTOR + 2 * POLYNOMIAL + 2 * SEED + MU + RANK * W1_BYTES + CHALLENGE + 64 + 2;
const scratch: usize = memory.data(SCRATCH as i32, 8);
/** The mask, and then z. In verification: the hints. */
const y: usize = scratch;
/** The commitment, and then what is left of it. */
const w: usize = y + VECTOR;
const c: usize = w + VECTOR;
const polynomial: usize = c + POLYNOMIAL;
/** What is hashed in one piece: K, the randomness and mu to a mask's seed; mu and w1 to a challenge's. */
const hashed: usize = polynomial + POLYNOMIAL;
const mu: usize = hashed + 2 * SEED;
const w1: usize = mu + MU;
const challenge: usize = w1 + RANK * W1_BYTES;
const maskSeed: usize = challenge + CHALLENGE;
/** What precedes the context in what is signed: 0, which says "pure", and its length. */
const domain: usize = maskSeed + 64;

const sponge: usize = memory.data(SPONGE, 8);

/** `out`: 1312 bytes; `seed`: 32 bytes, secret. */
export function mldsa44PublicKey(out: usize, seed: usize): void {
  expandKey(seed);
  memory.copy(out, publicKey, PUBLIC_KEY);
  wipeAll();
}

/** FIPS 204's encoding of the secret key that `seed` stands for: 2560 bytes. */
export function mldsa44SecretKey(out: usize, seed: usize): void {
  expandKey(seed);
  encodeKey(out);
  wipeAll();
}

/**
 * Algorithm 2, ML-DSA.Sign: `signature`, 2420 bytes, from the secret `seed` and `random`, 32 bytes each. The context has
 * 255 bytes at most.
 */
export function mldsa44Sign(
  signature: usize,
  message: usize,
  length: usize,
  context: usize,
  contextLength: usize,
  seed: usize,
  random: usize,
): void {
  expandKey(seed);
  represent(message, length, context, contextLength);
  sign(signature, random);
  wipeAll();
}

/**
 * The same from the message's representative, 64 bytes at `representative`, and an encoded secret key. False, and
 * nothing written, if that can't be one.
 */
export function mldsa44SignEncoded(signature: usize, representative: usize, secretKey: usize, random: usize): bool {
  const good = decodeKey(secretKey);
  if (good) {
    memory.copy(mu, representative, MU);
    sign(signature, random);
  }
  wipeAll();
  return good;
}

/** mu: the key, which `tr` stands for, the context and the message. Algorithm 7, line 6, with algorithm 2, line 10. */
function represent(message: usize, length: usize, context: usize, contextLength: usize): void {
  store<u8>(domain, 0, 0);
  store<u8>(domain, contextLength as u8, 1);
  spongeStart(sponge, SHAKE256_RATE);
  absorb(sponge, tr, 64);
  absorb(sponge, domain, 2);
  absorb(sponge, context, contextLength);
  absorb(sponge, message, length);
  finish(sponge, SHAKE_SUFFIX);
  squeeze(sponge, mu, MU);
}

/** Algorithm 7, ML-DSA.Sign_internal, of `mu`, with the key in memory. */
function sign(signature: usize, random: usize): void {
  memory.copy(hashed, hedge, SEED);
  memory.copy(hashed + SEED, random, SEED);
  shake256(maskSeed, 64, hashed, 2 * SEED + MU);
  nttVector(s1);
  nttVector(s2);
  nttVector(t0);
  for (let number: u32 = 0; !attempt(number); number += RANK as u32);

  memory.copy(signature, challenge, CHALLENGE);
  for (let i: usize = 0; i < RANK; i++) {
    reflect(y + i * POLYNOMIAL, GAMMA1);
    byteEncode(signature + SIGNATURE_Z + i * Z_BYTES, y + i * POLYNOMIAL, MASK_BITS);
  }
  disclose(w, VECTOR); // the hints of a signature that is given out
  packHints(signature + SIGNATURE_HINTS);
}

/** One round of algorithm 7's loop. True if challenge, z in `y` and hints in `w` may be given out. */
function attempt(number: u32): bool {
  for (let i: usize = 0; i < RANK; i++) sampleMask(y + i * POLYNOMIAL, maskSeed, number + (i as u32));
  memory.copy(operand, y, VECTOR);
  nttVector(operand);
  for (let i: usize = 0; i < RANK; i++) {
    multiplyRow(w + i * POLYNOMIAL, i);
    inverseNtt(w + i * POLYNOMIAL);
    highParts(polynomial, w + i * POLYNOMIAL);
    byteEncode(w1 + i * W1_BYTES, polynomial, W1_BITS);
  }
  shake256(challenge, CHALLENGE, mu, MU + RANK * W1_BYTES);
  disclose(challenge, CHALLENGE); // see the head of this file
  sampleInBall(c, challenge);
  ntt(c);

  // Which of the checks fails may be known, for the same reason as how many do.
  let excess: u32 = 0;
  for (let i: usize = 0; i < VECTOR; i += POLYNOMIAL) {
    challengeTimes(s1 + i);
    add(y + i, polynomial);
    excess |= reaches(y + i, GAMMA1 - BETA);
  }
  if (disclosed(excess) != 0) return false;
  for (let i: usize = 0; i < VECTOR; i += POLYNOMIAL) {
    challengeTimes(s2 + i);
    subtract(w + i, polynomial);
    excess |= lowReaches(w + i, GAMMA2 - BETA);
  }
  if (disclosed(excess) != 0) return false;
  let hints: u32 = 0;
  for (let i: usize = 0; i < VECTOR; i += POLYNOMIAL) {
    challengeTimes(t0 + i);
    excess |= reaches(polynomial, GAMMA2);
    hints += makeHint(w + i, polynomial);
  }
  return disclosed(excess | ((HINTS - hints) >> 31)) == 0;
}

/** polynomial = c * f, transformed back. */
function challengeTimes(f: usize): void {
  multiply(polynomial, c, f);
  inverseNtt(polynomial);
}

/** Algorithm 20, HintBitPack, of the hints in `w`: where the ones are, and behind them where each polynomial's end. */
function packHints(out: usize): void {
  memory.fill(out, 0, HINTS as usize);
  let index: usize = 0;
  for (let i: usize = 0; i < RANK; i++) {
    for (let j: usize = 0; j < 256; j++)
      if (load<u32>(w + i * POLYNOMIAL + 4 * j) != 0) store<u8>(out + index++, j as u8);
    store<u8>(out + (HINTS as usize) + i, index as u8);
  }
}

/** Algorithm 21, HintBitUnpack, to `y`. False if the ones are not in order or something else is where none are. */
function unpackHints(packed: usize): bool {
  memory.fill(y, 0, VECTOR);
  let index: u32 = 0;
  for (let i: usize = 0; i < RANK; i++) {
    const end = load<u8>(packed + (HINTS as usize) + i) as u32;
    if (end < index || end > HINTS) return false;
    let next: u32 = 0;
    for (; index < end; index++) {
      const at = load<u8>(packed + index) as u32;
      if (at < next) return false;
      store<u32>(y + i * POLYNOMIAL + 4 * (at as usize), 1);
      next = at + 1;
    }
  }
  for (; index < HINTS; index++) if (load<u8>(packed + index) != 0) return false;
  return true;
}

/** Algorithms 3 and 8, ML-DSA.Verify: `signature` 2420 and `key` 1312 bytes. */
export function mldsa44Verify(
  signature: usize,
  message: usize,
  length: usize,
  context: usize,
  contextLength: usize,
  key: usize,
): bool {
  if (contextLength > CONTEXT_LIMIT) return false;
  if (!unpackHints(signature + SIGNATURE_HINTS)) return false;
  for (let i: usize = 0; i < RANK; i++) {
    const z = operand + i * POLYNOMIAL;
    byteDecode(z, signature + SIGNATURE_Z + i * Z_BYTES, MASK_BITS);
    reflect(z, GAMMA1);
    if (reaches(z, GAMMA1 - BETA) != 0) return false;
  }
  prepareZetas();
  nttVector(operand);
  expandMatrix(key);
  shake256(tr, 64, key, PUBLIC_KEY);
  represent(message, length, context, contextLength);
  sampleInBall(c, signature);
  reflect(c, 0); // what is to be subtracted is added
  ntt(c);
  for (let i: usize = 0; i < RANK; i++) {
    multiplyRow(w, i);
    byteDecode(polynomial, key + SEED + i * HIGH_BYTES, HIGH_BITS);
    undoPower2Round(polynomial);
    ntt(polynomial);
    addProduct(w, c, polynomial);
    inverseNtt(w);
    useHint(w, y + i * POLYNOMIAL);
    byteEncode(w1 + i * W1_BYTES, w, W1_BITS);
  }
  shake256(challenge, CHALLENGE, mu, MU + RANK * W1_BYTES);
  return memory.compare(challenge, signature, CHALLENGE) == 0;
}

function wipeAll(): void {
  memory.fill(scratch, 0, SCRATCH);
  wipe(sponge);
  wipeKey();
  wipeSampling();
}
