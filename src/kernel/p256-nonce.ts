/**
 * Nonces for ECDSA over P-256 (RFC 6979 section 3.2, with HMAC-SHA-256): from key and hash, so that no poor randomness
 * can give the key away; on request from further bytes as well (section 3.6). Key, hash and further bytes are secret.
 */
import { hmacSha256 } from "./hmac.ts";

const HASH: usize = 32;
/** Further bytes at most. */
export const EXTRA: usize = 32;

/** V, a byte that counts, the key, the hash, further bytes; and K. */
const COUNT: usize = HASH;
const KEY: usize = COUNT + 1;
const DIGEST: usize = KEY + HASH;
const FURTHER: usize = DIGEST + HASH;
const SCRATCH_BYTES: usize = FURTHER + EXTRA + HASH;
const v: usize = memory.data(SCRATCH_BYTES as i32);
const k: usize = v + FURTHER + EXTRA;

/** `key`, and `hash` below the group's order: 32 bytes, big-endian; `extra`: `extraLength` bytes, up to EXTRA. */
export function nonceStart(key: usize, hash: usize, extra: usize, extraLength: usize): void {
  memory.fill(k, 0, HASH);
  memory.fill(v, 1, HASH);
  memory.copy(v + KEY, key, HASH);
  memory.copy(v + DIGEST, hash, HASH);
  memory.copy(v + FURTHER, extra, extraLength);
  stir(0, FURTHER + extraLength);
  stir(1, FURTHER + extraLength);
}

/** Writes the next 32 bytes to `out`: a nonce, if the group has such a scalar. */
export function nonceNext(out: usize): void {
  hmacSha256(v, k, HASH, v, HASH);
  memory.copy(out, v, HASH);
  stir(0, KEY); // for another one
}

function stir(count: u8, length: usize): void {
  store<u8>(v + COUNT, count);
  hmacSha256(k, k, HASH, v, length);
  hmacSha256(v, k, HASH, v, HASH);
}

export function nonceWipe(): void {
  memory.fill(v, 0, SCRATCH_BYTES);
}
