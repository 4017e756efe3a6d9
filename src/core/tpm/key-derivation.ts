/** HMAC over SHA-256 (RFC 2104), and TPM 2.0's two ways of deriving keys with it (Part 1, 11.4.10). */
import { EMPTY, wipe } from "../bytes/bytes.ts";
import { kernels } from "../crypto/kernels.ts";
import { Writer } from "../wire/writer.ts";
import { ascii } from "../bytes/text.ts";

const BLOCK_BYTES: i32 = 64;
export const DIGEST_BYTES: i32 = 32;

export function sha256(message: Uint8Array): Uint8Array {
  const digest = new Uint8Array(DIGEST_BYTES);
  kernels().sha256(digest, message);
  return digest;
}

/** Key and message are secret, their lengths are not. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  const short = key.length > BLOCK_BYTES ? sha256(key) : key;
  const inner = padded(short, 0x36, message);
  const outer = padded(short, 0x5c, sha256(inner));
  const digest = sha256(outer);
  wipe(inner);
  wipe(outer);
  return digest;
}

function padded(key: Uint8Array, pad: u8, message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(BLOCK_BYTES + message.length);
  bytes.set(key);
  for (let i = 0; i < BLOCK_BYTES; i++) bytes[i] ^= pad;
  bytes.set(message, BLOCK_BYTES);
  return bytes;
}

/** KDFa: NIST SP 800-108 in counter mode. At most 64 bytes; `label` is without its trailing NUL. */
export function deriveKey(key: Uint8Array, label: string, u: Uint8Array, v: Uint8Array, bytes: i32): Uint8Array {
  const derived = new Uint8Array(2 * DIGEST_BYTES);
  for (let counter = 1; (counter - 1) * DIGEST_BYTES < bytes; counter++) {
    const message = labelled(counter, EMPTY, label, u, v);
    message.uint32((bytes * 8) as u32);
    const block = hmacSha256(key, message.written());
    derived.set(block, (counter - 1) * DIGEST_BYTES);
    wipe(block);
  }
  return derived.subarray(0, bytes);
}

/** KDFe: NIST SP 800-56A, of a shared point's `x`; 32 bytes. `u` and `v` are the x of whoever made the pair, and of the other. */
export function deriveShared(x: Uint8Array, label: string, u: Uint8Array, v: Uint8Array): Uint8Array {
  const message = labelled(1, x, label, u, v);
  const derived = sha256(message.written());
  message.wipe();
  return derived;
}

function labelled(counter: i32, secret: Uint8Array, label: string, u: Uint8Array, v: Uint8Array): Writer {
  const w = new Writer(160);
  w.uint32(counter as u32);
  w.raw(secret);
  w.raw(ascii(label));
  w.byte(0);
  w.raw(u);
  w.raw(v);
  return w;
}
