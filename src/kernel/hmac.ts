/** HMAC, RFC 2104, over SHA-256 and SHA-512. Key and message are secret, their lengths are not. */
import { SHA256_BLOCK, SHA256_LENGTH, sha256, sha256Final, sha256Init, sha256Update } from "./sha256.ts";
import { SHA512_BLOCK, SHA512_LENGTH, sha512, sha512Final, sha512Init, sha512Update } from "./sha512.ts";

const INNER: u8 = 0x36;
const OUTER: u8 = 0x5c;

const state: usize = memory.data(200);
const paddedKey: usize = memory.data(128);
const inner: usize = memory.data(64);

/** `out`: 32 bytes, which may overlap the key or the message. */
export function hmacSha256(out: usize, key: usize, keyLength: usize, message: usize, length: usize): void {
  memory.fill(paddedKey, 0, SHA256_BLOCK);
  if (keyLength > SHA256_BLOCK) sha256(paddedKey, key, keyLength);
  else memory.copy(paddedKey, key, keyLength);
  mask(SHA256_BLOCK, INNER);
  sha256Init(state);
  sha256Update(state, paddedKey, SHA256_BLOCK);
  sha256Update(state, message, length);
  sha256Final(state, inner);
  mask(SHA256_BLOCK, INNER ^ OUTER);
  sha256Init(state);
  sha256Update(state, paddedKey, SHA256_BLOCK);
  sha256Update(state, inner, SHA256_LENGTH);
  sha256Final(state, out);
  wipe();
}

/** `out`: 64 bytes, which may overlap the key or the message. */
export function hmacSha512(out: usize, key: usize, keyLength: usize, message: usize, length: usize): void {
  memory.fill(paddedKey, 0, SHA512_BLOCK);
  if (keyLength > SHA512_BLOCK) sha512(paddedKey, key, keyLength);
  else memory.copy(paddedKey, key, keyLength);
  mask(SHA512_BLOCK, INNER);
  sha512Init(state);
  sha512Update(state, paddedKey, SHA512_BLOCK);
  sha512Update(state, message, length);
  sha512Final(state, inner);
  mask(SHA512_BLOCK, INNER ^ OUTER);
  sha512Init(state);
  sha512Update(state, paddedKey, SHA512_BLOCK);
  sha512Update(state, inner, SHA512_LENGTH);
  sha512Final(state, out);
  wipe();
}

function mask(length: usize, pad: u8): void {
  for (let i: usize = 0; i < length; i++) store<u8>(paddedKey + i, load<u8>(paddedKey + i) ^ pad);
}

function wipe(): void {
  memory.fill(paddedKey, 0, SHA512_BLOCK);
  memory.fill(inner, 0, SHA512_LENGTH);
}
