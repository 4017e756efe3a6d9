/**
 * A signing key of ML-DSA-44 as computations want it: made of its seed (FIPS 204 algorithm 6), or of the standard's
 * encoding, which a seed makes superfluous. There is one at a time, in static memory.
 */
import { disclose } from "./disclosure.ts";
import { shake256 } from "./keccak.ts";
import { add, addProduct, inverseNtt, ntt, prepareZetas, reaches, reflect } from "./mldsa44-ring.ts";
import { power2Round } from "./mldsa44-rounding.ts";
import { ETA, sampleNtt, sampleSecret } from "./mldsa44-sampling.ts";
import { POLYNOMIAL, byteDecode, byteEncode } from "./polynomial.ts";

/** Rows and columns of the matrix, and so polynomials of every vector: k and l. */
export const RANK: usize = 4;
export const VECTOR: usize = RANK * POLYNOMIAL;
const MATRIX: usize = RANK * VECTOR;

/** A public key is rho, then t1. */
export const SEED: usize = 32;
export const HIGH_BITS: u32 = 10;
export const HIGH_BYTES: usize = 320;
const PUBLIC_KEY: usize = 1312;

/** An encoded secret key: rho, K, tr, s1, s2, t0. */
const ENCODED_TR: usize = 64;
const ENCODED_VECTORS: usize = 128;
const SMALL_BITS: u32 = 3;
const SMALL_BYTES: usize = 96;
const LOW_BITS: u32 = 13;
const LOW_BYTES: usize = 416;
const LOW_BOUND: u32 = 1 << 12;

const KEY: usize = MATRIX + 4 * VECTOR + 128 + 64 + PUBLIC_KEY + 40 + POLYNOMIAL;
const key: usize = memory.data(KEY as i32, 8);

export const matrix: usize = key;
export const s1: usize = matrix + MATRIX;
export const s2: usize = s1 + VECTOR;
export const t0: usize = s2 + VECTOR;
/** For what goes through the matrix. */
export const operand: usize = t0 + VECTOR;
/** What a seed expands to: rho, then the secret vectors' own seed, then what hedges a signature, K. */
const rho: usize = operand + VECTOR;
const secretSeed: usize = rho + SEED;
export const hedge: usize = rho + 96;
/** The public key's hash, and the public key. */
export const tr: usize = rho + 128;
export const publicKey: usize = tr + 64;
const seedAndRanks: usize = publicKey + PUBLIC_KEY;
const t1: usize = seedAndRanks + 40;

/** Algorithm 32, ExpandA. */
export function expandMatrix(seed: usize): void {
  for (let i: usize = 0; i < RANK; i++)
    for (let j: usize = 0; j < RANK; j++) sampleNtt(matrix + (RANK * i + j) * POLYNOMIAL, seed, i as u32, j as u32);
}

/** sum = the matrix's row `i` times `operand`, which is transformed. */
export function multiplyRow(sum: usize, i: usize): void {
  memory.fill(sum, 0, POLYNOMIAL);
  for (let j: usize = 0; j < RANK; j++) addProduct(sum, matrix + (RANK * i + j) * POLYNOMIAL, operand + j * POLYNOMIAL);
}

/** Transforms a vector. */
export function nttVector(vector: usize): void {
  for (let i: usize = 0; i < VECTOR; i += POLYNOMIAL) ntt(vector + i);
}

/** Algorithm 6, ML-DSA.KeyGen_internal: all of the key from the 32 secret bytes at `seed`. */
export function expandKey(seed: usize): void {
  prepareZetas();
  memory.copy(seedAndRanks, seed, SEED);
  store<u8>(seedAndRanks + SEED, RANK as u8, 0);
  store<u8>(seedAndRanks + SEED, RANK as u8, 1);
  shake256(rho, 128, seedAndRanks, SEED + 2);
  disclose(rho, SEED); // part of the public key
  expandMatrix(rho);
  for (let i: usize = 0; i < 2 * RANK; i++) sampleSecret(s1 + i * POLYNOMIAL, secretSeed, i as u32); // s2 is next to s1

  memory.copy(operand, s1, VECTOR);
  nttVector(operand);
  memory.copy(publicKey, rho, SEED);
  for (let i: usize = 0; i < RANK; i++) {
    const low = t0 + i * POLYNOMIAL;
    multiplyRow(t1, i);
    inverseNtt(t1);
    add(t1, s2 + i * POLYNOMIAL);
    power2Round(t1, low);
    byteEncode(publicKey + SEED + i * HIGH_BYTES, t1, HIGH_BITS);
  }
  shake256(tr, 64, publicKey, PUBLIC_KEY);
}

/** Algorithm 24, skEncode, to the 2560 bytes at `out`; spoils the vectors. */
export function encodeKey(out: usize): void {
  memory.copy(out, rho, SEED);
  memory.copy(out + SEED, hedge, SEED);
  memory.copy(out + ENCODED_TR, tr, 64);
  out += ENCODED_VECTORS;
  for (let f = s1; f < t0; f += POLYNOMIAL) {
    reflect(f, ETA);
    byteEncode(out, f, SMALL_BITS);
    out += SMALL_BYTES;
  }
  for (let f = t0; f < t0 + VECTOR; f += POLYNOMIAL) {
    reflect(f, LOW_BOUND);
    byteEncode(out, f, LOW_BITS);
    out += LOW_BYTES;
  }
}

/** Algorithm 25, skDecode, of the 2560 bytes at `encoded`. False if a secret vector is out of its bounds. */
export function decodeKey(encoded: usize): bool {
  prepareZetas();
  expandMatrix(encoded);
  memory.copy(hedge, encoded + SEED, SEED);
  memory.copy(tr, encoded + ENCODED_TR, 64);
  encoded += ENCODED_VECTORS;
  let excess: u32 = 0;
  for (let f = s1; f < t0; f += POLYNOMIAL) {
    byteDecode(f, encoded, SMALL_BITS);
    reflect(f, ETA);
    excess |= reaches(f, ETA + 1);
    encoded += SMALL_BYTES;
  }
  for (let f = t0; f < t0 + VECTOR; f += POLYNOMIAL) {
    byteDecode(f, encoded, LOW_BITS);
    reflect(f, LOW_BOUND);
    encoded += LOW_BYTES;
  }
  return excess == 0;
}

export function wipeKey(): void {
  memory.fill(key, 0, KEY);
}
