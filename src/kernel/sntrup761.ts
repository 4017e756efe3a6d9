/**
 * sntrup761: Streamlined NTRU Prime, NIST round 3, with p = 761, q = 4591 and w = 286, as sntrup761x25519-sha512 uses
 * it. Functions have the names of the specification where there is one. Constant in time over everything but the
 * public key and the ciphertext. Random bytes are the caller's, in the order in which the reference implementation
 * draws them.
 *
 * There is nothing to refuse: all bytes are a public key, and a ciphertext that nobody encapsulated gives a secret
 * that nobody knows.
 */
import { SHA512_STATE, sha512Final, sha512Init, sha512Update } from "./sha512.ts";
import { decode, decodeSmall, encode, encodeSmall } from "./sntrup761-encoding.ts";
import { P, POLYNOMIAL, Q, THIRD, freeze, invert, multiply } from "./sntrup761-ring.ts";
import { sort } from "./sort.ts";

/** Coefficients that aren't 0 in a Short polynomial. */
const W: usize = 286;
/** (q - 1) / 2: added to coefficients to make them numbers below q, or three times numbers below ROUNDED. */
const HALF_Q: i16 = 2295;
const ROUNDED: u32 = 1531;

/** Bytes of the random words of a polynomial, and of its encodings. */
const RANDOM: usize = 3044;
const SMALL: usize = 191;
const PUBLIC_KEY: usize = 1158;
const CIPHERTEXT_BODY: usize = 1007;
const HASH: usize = 32;
const CIPHERTEXT: usize = 1039;

/** A secret key is f, 1/g in R/3, the public key, rho, and the hash of the public key. */
const SK_INVERSE: usize = 191;
const SK_PUBLIC: usize = 382;
const SK_RHO: usize = 1540;
const SK_HASH: usize = 1731;

/** The bytes put before what is hashed, by purpose. */
const REJECTED: u8 = 0;
const ACCEPTED: u8 = 1;
const CONFIRMATION: u8 = 2;
const SHORT: u8 = 3;
const KEY: u8 = 4;

/** Words to sort: those of a polynomial to the next multiple of 4, and the four more that `sort` asks for. */
const WORDS: usize = 768;

const SCRATCH: i32 = 4 * 1536 + 192 + 2 * 64 + 1039 + 1;
const scratch: usize = memory.data(SCRATCH);
/** Three polynomials, of which the third has the room of two, to be the words as well. */
const first = scratch;
const second = scratch + 1536;
const third = scratch + 2 * 1536;
const words = third;
/** What is encapsulated, encoded, and its hash. */
const inputs = scratch + 4 * 1536;
const inputsHash = inputs + 192;
const digest = inputsHash + 64;
const again = digest + 64;
const prefix = again + 1039;
const hashing: usize = memory.data(SHA512_STATE as i32);

/**
 * `publicKey` 1158 and `secretKey` 1763 bytes, from 6279 random ones: 761 words of 32 bits for g, as many for f, and
 * 191 bytes for rho. False, and the keys of no use, if g has no inverse: then try again with others.
 */
export function sntrup761Keypair(publicKey: usize, secretKey: usize, random: usize): bool {
  const g = first;
  const f = second;
  smallRandom(g, random);
  const h = third;
  const good = invert(h, g, 1, 3);
  encodeSmall(secretKey + SK_INVERSE, h);
  shortRandom(f, random + RANDOM);
  encodeSmall(secretKey, f);
  invert(h, f, THIRD, Q);
  multiply(h, h, g, Q);
  for (let at = h; at < h + 2 * P; at += 2) store<i16>(at, load<i16>(at) + HALF_Q);
  encode(publicKey, h, Q);

  memory.copy(secretKey + SK_PUBLIC, publicKey, PUBLIC_KEY);
  memory.copy(secretKey + SK_RHO, random + 2 * RANDOM, SMALL);
  hash(secretKey + SK_HASH, KEY, publicKey, PUBLIC_KEY, 0, 0);
  wipe();
  return good;
}

/** `ciphertext` 1039 and `secret` 32 bytes, from `publicKey`, 1158 bytes, and `random`, 761 words of 32 bits. */
export function sntrup761Encapsulate(ciphertext: usize, secret: usize, publicKey: usize, random: usize): void {
  shortRandom(first, random);
  hash(secret, KEY, publicKey, PUBLIC_KEY, 0, 0);
  hide(ciphertext, first, publicKey, secret);
  hash(secret, ACCEPTED, inputsHash, HASH, ciphertext, CIPHERTEXT);
  wipe();
}

/** `secret` 32 bytes, from `ciphertext`, 1039 bytes, and `secretKey`, 1763 bytes. */
export function sntrup761Decapsulate(secret: usize, ciphertext: usize, secretKey: usize): void {
  decrypt(first, ciphertext, secretKey);
  hide(again, first, secretKey + SK_PUBLIC, secretKey + SK_HASH);
  let difference: u32 = 0;
  for (let i: usize = 0; i < CIPHERTEXT; i++) difference |= (load<u8>(ciphertext + i) ^ load<u8>(again + i)) as u32;
  const rejected: u32 = 0 - ((difference + 255) >> 8); // all ones if anything differs

  for (let i: usize = 0; i < SMALL; i++) {
    const input = load<u8>(inputs + i) as u32;
    const rho = load<u8>(secretKey + SK_RHO + i) as u32;
    store<u8>(inputs + i, (input ^ (rejected & (input ^ rho))) as u8);
  }
  hash(inputsHash, SHORT, inputs, SMALL, 0, 0);
  const purpose = ACCEPTED ^ ((rejected as u8) & (ACCEPTED ^ REJECTED));
  hash(secret, purpose, inputsHash, HASH, ciphertext, CIPHERTEXT);
  wipe();
}

/** Hide: the ciphertext of r, 1007 bytes, and its confirmation, 32. Leaves `inputs` and `inputsHash`. */
function hide(ciphertext: usize, r: usize, publicKey: usize, keyHash: usize): void {
  encodeSmall(inputs, r);
  hash(inputsHash, SHORT, inputs, SMALL, 0, 0);
  encrypt(ciphertext, r, publicKey);
  hash(ciphertext + CIPHERTEXT_BODY, CONFIRMATION, inputsHash, HASH, keyHash, HASH);
}

/** Encrypt: h * r, each coefficient rounded to the nearest multiple of 3, and encoded. */
function encrypt(ciphertext: usize, r: usize, publicKey: usize): void {
  const h = second;
  decode(h, publicKey, Q);
  for (let at = h; at < h + 2 * P; at += 2) store<i16>(at, load<i16>(at) - HALF_Q);
  memory.fill(h + 2 * P, 0, POLYNOMIAL - 2 * P);
  multiply(h, h, r, Q);
  for (let at = h; at < h + 2 * P; at += 2) {
    const x = (load<i16>(at) + HALF_Q) as u32; // from 0 to 4590
    store<u16>(at, (((x + 1) * 10923) >> 15) as u16); // (x + 1) / 3 rounded down: x / 3 rounded to the nearest
  }
  encode(ciphertext, h, ROUNDED);
}

/** Decrypt: r, or the Short polynomial that begins with 286 ones if there is none behind the ciphertext. */
function decrypt(r: usize, ciphertext: usize, secretKey: usize): void {
  const e = second;
  const factor = third;
  decode(e, ciphertext, ROUNDED);
  for (let at = e; at < e + 2 * P; at += 2) store<i16>(at, 3 * load<i16>(at) - HALF_Q);
  memory.fill(e + 2 * P, 0, POLYNOMIAL - 2 * P);
  memory.fill(factor, 0, POLYNOMIAL);
  decodeSmall(factor, secretKey);
  multiply(e, e, factor, Q);
  for (let at = e; at < e + 2 * P; at += 2) store<i16>(at, freeze(freeze(3 * (load<i16>(at) as i32), Q), 3) as i16);
  decodeSmall(factor, secretKey + SK_INVERSE);
  multiply(r, e, factor, 3);

  let weight: i32 = 0;
  for (let at = r; at < r + 2 * P; at += 2) weight += (load<i16>(at) as i32) & 1;
  weight -= W as i32;
  const wrong = (weight | -weight) >> 31; // all ones if the weight isn't 286
  for (let i: usize = 0; i < P; i++) {
    const one: i32 = i < W ? 1 : 0;
    const x = load<i16>(r + 2 * i) as i32;
    store<i16>(r + 2 * i, (x ^ (wrong & (x ^ one))) as i16);
  }
}

/** Short_random: 286 coefficients of 1 or -1 each, shuffled among zeros by sorting random words that carry them. */
function shortRandom(out: usize, random: usize): void {
  for (let i: usize = 0; i < P; i++) {
    const word = load<u32>(random + 4 * i);
    const marked = i < W ? word & ~1 : (word & ~2) | 1;
    store<u32>(words + 4 * i, marked ^ 0x80000000); // the order of unsigned numbers
  }
  for (let i = P; i < WORDS; i++) store<u32>(words + 4 * i, 0x7fffffff); // stay behind all others
  sort(words, WORDS - 4);
  memory.fill(out, 0, POLYNOMIAL);
  for (let i: usize = 0; i < P; i++) store<i16>(out + 2 * i, ((load<u32>(words + 4 * i) & 3) as i16) - 1);
}

/** Small_random: coefficients from -1 to 1, each the upper bits of three times 30 random ones. */
function smallRandom(out: usize, random: usize): void {
  memory.fill(out, 0, POLYNOMIAL);
  for (let i: usize = 0; i < P; i++) {
    const word = load<u32>(random + 4 * i) & 0x3fffffff;
    store<i16>(out + 2 * i, (((word * 3) >> 30) as i16) - 1);
  }
}

/** Hash_prefix: the first half of SHA-512 of a byte and two strings. */
function hash(out: usize, purpose: u8, first: usize, firstLength: usize, second: usize, secondLength: usize): void {
  store<u8>(prefix, purpose);
  sha512Init(hashing);
  sha512Update(hashing, prefix, 1);
  sha512Update(hashing, first, firstLength);
  sha512Update(hashing, second, secondLength);
  sha512Final(hashing, digest);
  memory.copy(out, digest, HASH);
}

function wipe(): void {
  memory.fill(scratch, 0, SCRATCH);
}
