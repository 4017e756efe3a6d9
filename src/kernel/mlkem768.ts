/**
 * ML-KEM-768, FIPS 203: key generation from its seed, encapsulation and decapsulation, with the checks of keys that
 * sections 7.2 and 7.3 ask for, except those of lengths, which are the caller's. The randomness is the caller's too.
 * Constant in time over everything but the encapsulation key, which is public and from which the matrix is sampled.
 */
import { sha3_256, sha3_512, shake256 } from "./keccak.ts";
import {
  add,
  addProduct,
  compress,
  decompress,
  inverseNtt,
  isReduced,
  ntt,
  prepareZetas,
  sampleNtt,
  samplePolyCbd,
  subtractFrom,
  wipeSampler,
} from "./mlkem768-ring.ts";
import { POLYNOMIAL, byteDecode, byteEncode } from "./polynomial.ts";

/** The rank of the module, and the bits kept of a coefficient of u and of v: k, d_u and d_v of FIPS 203 table 2. */
const RANK: usize = 3;
const U_BITS: u32 = 10;
const V_BITS: u32 = 4;
const WHOLE_BITS: u32 = 12;

/** Bytes of an encoded polynomial: whole, of u; and where v begins in a ciphertext. */
const WHOLE_BYTES: usize = 384;
const U_BYTES: usize = 320;
const V: usize = 960;

/** Bytes of a seed, a hash, a message or a secret. */
const SEED: usize = 32;
const CIPHERTEXT: usize = 1088;
/** An encapsulation key is t, then rho; a decapsulation key s, then the encapsulation key, its hash, and z. */
const EK: usize = 1184;
const EK_RHO: usize = 1152;
const DK_EK: usize = 1152;
const DK_HASH: usize = 2336;
const DK_Z: usize = 2368;

const SCRATCH: i32 = 6 * 1024 + 5 * 32 + 1088;
const scratch: usize = memory.data(SCRATCH);
/** A vector of three polynomials, and three single ones. */
const vector = scratch;
const sum = scratch + 3 * 1024;
const factor = scratch + 4 * 1024;
const noise = scratch + 5 * 1024;
/** What goes into G, 64 bytes, and what comes out. */
const input = scratch + 6 * 1024;
const output = input + 64;
/** A seed, and behind it a ciphertext. */
const kept = output + 64;
const ciphertextCopy = kept + 32;

/**
 * Algorithm 16, ML-KEM.KeyGen_internal: `ek` 1184 bytes and `dk` 2400 bytes from `seed`, the 64 bytes d and z.
 */
export function mlkem768Keypair(ek: usize, dk: usize, seed: usize): void {
  prepareZetas();
  // Algorithm 13, K-PKE.KeyGen
  memory.copy(input, seed, SEED);
  store<u8>(input + SEED, RANK as u8);
  sha3_512(output, input, SEED + 1);
  const rho = output;
  const sigma = output + SEED;
  for (let i: usize = 0; i < RANK; i++) {
    const s = vector + i * POLYNOMIAL;
    samplePolyCbd(s, sigma, i as u8);
    ntt(s);
    byteEncode(dk + i * WHOLE_BYTES, s, WHOLE_BITS);
  }
  for (let i: usize = 0; i < RANK; i++) {
    samplePolyCbd(sum, sigma, (RANK + i) as u8);
    ntt(sum);
    for (let j: usize = 0; j < RANK; j++) {
      sampleNtt(factor, rho, j as u8, i as u8);
      addProduct(sum, factor, vector + j * POLYNOMIAL);
    }
    byteEncode(ek + i * WHOLE_BYTES, sum, WHOLE_BITS);
  }
  memory.copy(ek + EK_RHO, rho, SEED);

  memory.copy(dk + DK_EK, ek, EK);
  sha3_256(dk + DK_HASH, ek, EK);
  memory.copy(dk + DK_Z, seed + SEED, SEED);
  wipe();
}

/**
 * Algorithm 17, ML-KEM.Encaps_internal: `ciphertext` 1088 and `secret` 32 bytes, from `ek`, 1184 bytes, and `random`,
 * 32 bytes. False, and nothing written, if `ek` has a coefficient that isn't reduced (the modulus check of
 * section 7.2).
 */
export function mlkem768Encapsulate(ciphertext: usize, secret: usize, ek: usize, random: usize): bool {
  for (let i: usize = 0; i < RANK; i++) {
    byteDecode(factor, ek + i * WHOLE_BYTES, WHOLE_BITS);
    if (!isReduced(factor)) return false;
  }
  prepareZetas();
  memory.copy(input, random, SEED);
  sha3_256(input + SEED, ek, EK);
  sha3_512(output, input, 2 * SEED);
  encrypt(ciphertext, ek, input, output + SEED);
  memory.copy(secret, output, SEED);
  wipe();
  return true;
}

/**
 * Algorithm 18, ML-KEM.Decaps_internal: `secret`, 32 bytes, from `ciphertext`, 1088 bytes, and `dk`, 2400 bytes. A
 * ciphertext that nobody encapsulated gives a secret that nobody knows. False, and nothing written, if `dk` doesn't
 * hold the hash of its encapsulation key (the hash check of section 7.3).
 */
export function mlkem768Decapsulate(secret: usize, ciphertext: usize, dk: usize): bool {
  const ek = dk + DK_EK;
  sha3_256(input + SEED, ek, EK);
  if (difference(input + SEED, dk + DK_HASH, SEED) != 0) return false;
  prepareZetas();
  decrypt(input, dk, ciphertext);
  sha3_512(output, input, 2 * SEED);

  const rejection = input;
  encrypt(ciphertextCopy, ek, input, output + SEED);
  const changed = difference(ciphertextCopy, ciphertext, CIPHERTEXT);
  memory.copy(kept, dk + DK_Z, SEED);
  memory.copy(ciphertextCopy, ciphertext, CIPHERTEXT);
  shake256(rejection, SEED, kept, SEED + CIPHERTEXT);

  const mask: u32 = 0 - ((changed + 255) >> 8); // all ones if anything differs
  for (let i: usize = 0; i < SEED; i++) {
    const accepted = load<u8>(output + i) as u32;
    store<u8>(secret + i, (accepted ^ (mask & (accepted ^ (load<u8>(rejection + i) as u32)))) as u8);
  }
  wipe();
  return true;
}

/** Algorithm 14, K-PKE.Encrypt. */
function encrypt(ciphertext: usize, ek: usize, message: usize, seed: usize): void {
  for (let i: usize = 0; i < RANK; i++) {
    const y = vector + i * POLYNOMIAL;
    samplePolyCbd(y, seed, i as u8);
    ntt(y);
  }
  for (let i: usize = 0; i < RANK; i++) {
    memory.fill(sum, 0, POLYNOMIAL);
    for (let j: usize = 0; j < RANK; j++) {
      sampleNtt(factor, ek + EK_RHO, i as u8, j as u8); // the matrix transposed: the indices change places
      addProduct(sum, factor, vector + j * POLYNOMIAL);
    }
    inverseNtt(sum);
    samplePolyCbd(noise, seed, (RANK + i) as u8);
    add(sum, noise);
    compress(sum, U_BITS);
    byteEncode(ciphertext + i * U_BYTES, sum, U_BITS);
  }
  memory.fill(sum, 0, POLYNOMIAL);
  for (let i: usize = 0; i < RANK; i++) {
    byteDecode(factor, ek + i * WHOLE_BYTES, WHOLE_BITS);
    addProduct(sum, factor, vector + i * POLYNOMIAL);
  }
  inverseNtt(sum);
  samplePolyCbd(noise, seed, (2 * RANK) as u8);
  add(sum, noise);
  byteDecode(noise, message, 1);
  decompress(noise, 1);
  add(sum, noise);
  compress(sum, V_BITS);
  byteEncode(ciphertext + V, sum, V_BITS);
}

/** Algorithm 15, K-PKE.Decrypt. */
function decrypt(message: usize, dk: usize, ciphertext: usize): void {
  memory.fill(sum, 0, POLYNOMIAL);
  for (let i: usize = 0; i < RANK; i++) {
    byteDecode(vector, ciphertext + i * U_BYTES, U_BITS);
    decompress(vector, U_BITS);
    ntt(vector);
    byteDecode(factor, dk + i * WHOLE_BYTES, WHOLE_BITS);
    addProduct(sum, factor, vector);
  }
  inverseNtt(sum);
  byteDecode(factor, ciphertext + V, V_BITS);
  decompress(factor, V_BITS);
  subtractFrom(sum, factor);
  compress(sum, 1);
  byteEncode(message, sum, 1);
}

/** 0 if the two are equal, in time that depends on their length alone; otherwise a number below 256. */
function difference(a: usize, b: usize, length: usize): u32 {
  let bits: u32 = 0;
  for (let i: usize = 0; i < length; i++) bits |= (load<u8>(a + i) ^ load<u8>(b + i)) as u32;
  return bits;
}

function wipe(): void {
  memory.fill(scratch, 0, SCRATCH);
  wipeSampler();
}
