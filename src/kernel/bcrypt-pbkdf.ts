/**
 * OpenBSD's bcrypt_pbkdf, by which OpenSSH turns a passphrase into the key of a private key file: PBKDF2 (RFC 8018)
 * with bcrypt over SHA-512 as its function, and with its output dealt out bytewise.
 *
 * Its time depends on the passphrase, as Blowfish's must (see blowfish.ts).
 */
import { encrypt, expandKey, startTables, wipeTables } from "./blowfish.ts";
import { sha512, sha512Final, sha512Init, sha512Update } from "./sha512.ts";

/** Bytes that one run of bcrypt gives. */
const HASH: usize = 32;
const SHA512_LENGTH: usize = 64;
const EXPANSIONS: i32 = 64;
const ENCRYPTIONS: i32 = 64;

/** "OxychromaticBlowfishSwatDynamite", in words. */
// oxfmt-ignore
const plaintext: usize = memory.data<u32>([
  0x4f787963, 0x68726f6d, 0x61746963, 0x426c6f77, 0x66697368, 0x53776174, 0x44796e61, 0x6d697465,
]);

const state: usize = memory.data(200);
const count: usize = memory.data(4);
const hashedPassphrase: usize = memory.data(64);
const hashedSalt: usize = memory.data(64);
const noSalt: usize = memory.data(64);
const hash: usize = memory.data(32);
const sum: usize = memory.data(32);

/** `out`: any length up to 1024 bytes; `rounds` at least 1. */
export function bcryptPbkdf(
  out: usize,
  outLength: usize,
  passphrase: usize,
  passphraseLength: usize,
  salt: usize,
  saltLength: usize,
  rounds: u32,
): void {
  sha512(hashedPassphrase, passphrase, passphraseLength);
  const blocks = (outLength + HASH - 1) / HASH;
  for (let block: usize = 0; block < blocks; block++) {
    store<u32>(count, bswap((block as u32) + 1));
    sha512Init(state);
    sha512Update(state, salt, saltLength);
    sha512Update(state, count, 4);
    sha512Final(state, hashedSalt);
    bcrypt();
    memory.copy(sum, hash, HASH);
    for (let round: u32 = 1; round < rounds; round++) {
      sha512(hashedSalt, hash, HASH);
      bcrypt();
      for (let i: usize = 0; i < HASH; i += 8) store<u64>(sum + i, load<u64>(sum + i) ^ load<u64>(hash + i));
    }
    // Byte i of this block is byte `block` of the i-th group.
    for (let at = block, i: usize = 0; at < outLength && i < HASH; at += blocks, i++) {
      store<u8>(out + at, load<u8>(sum + i));
    }
  }
  memory.fill(hashedPassphrase, 0, SHA512_LENGTH);
  memory.fill(hashedSalt, 0, SHA512_LENGTH);
  memory.fill(hash, 0, HASH);
  memory.fill(sum, 0, HASH);
  wipeTables();
}

/** hash = bcrypt(hashedPassphrase, hashedSalt), at cost 6. */
function bcrypt(): void {
  startTables();
  expandKey(hashedSalt, hashedPassphrase);
  for (let i = 0; i < EXPANSIONS; i++) {
    expandKey(noSalt, hashedSalt);
    expandKey(noSalt, hashedPassphrase);
  }
  for (let i: usize = 0; i < HASH; i += 8) {
    let left = load<u32>(plaintext + i, 0);
    let right = load<u32>(plaintext + i, 4);
    for (let j = 0; j < ENCRYPTIONS; j++) {
      const block = encrypt(left, right);
      left = (block >> 32) as u32;
      right = block as u32;
    }
    store<u32>(hash + i, left, 0);
    store<u32>(hash + i, right, 4);
  }
}
