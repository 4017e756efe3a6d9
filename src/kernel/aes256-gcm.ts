/**
 * AES-256-GCM, NIST SP 800-38D, with nonces of 12 bytes, tags of 16, and the associated data right before the text, as
 * the length is in a packet of SSH (RFC 5647).
 *
 * `data`: `length` bytes, of which the first `associated` are authenticated alone; the tag follows. `key`: 32 bytes.
 * A nonce must never come twice under one key.
 */
import { BLOCK, encryptBlocks, expandKey, wipe, xorKeyStream } from "./aes256.ts";
import { ghash, ghashFinish, ghashStart } from "./ghash.ts";

const NONCE: usize = 12;

const counter: usize = memory.data(16, 16);
/** What hides the tag, and then the tag; before that, H. */
const mask: usize = memory.data(16, 16);
const tag: usize = memory.data(16, 16);

/** Encrypts in place and writes the tag. */
export function aes256GcmSeal(data: usize, length: usize, associated: usize, key: usize, nonce: usize): void {
  start(key, nonce);
  xorKeyStream(data + associated, length - associated, counter);
  makeTag(data, length, associated, nonce);
  memory.copy(data + length, tag, BLOCK);
  end();
}

/** Decrypts in place; false, and nothing done, if the tag is wrong. */
export function aes256GcmOpen(data: usize, length: usize, associated: usize, key: usize, nonce: usize): bool {
  start(key, nonce);
  makeTag(data, length, associated, nonce);
  const difference = v128.xor(v128.load(tag), v128.load(data + length));
  const good = !v128.any_true(difference);
  if (good) xorKeyStream(data + associated, length - associated, counter);
  end();
  return good;
}

/** Expands the key, and sets the counter to the text's first block: the one after the tag's own. */
function start(key: usize, nonce: usize): void {
  expandKey(key);
  memory.copy(counter, nonce, NONCE);
  store<u32>(counter, bswap<u32>(2), NONCE);
}

/** The tag over what is encrypted. */
function makeTag(data: usize, length: usize, associated: usize, nonce: usize): void {
  v128.store(mask, i64x2.splat(0));
  encryptBlocks(mask, BLOCK); // H
  ghashStart(mask);
  ghash(data, associated);
  ghash(data + associated, length - associated);
  ghashFinish(tag, associated, length - associated);
  memory.copy(mask, nonce, NONCE);
  store<u32>(mask, bswap<u32>(1), NONCE);
  encryptBlocks(mask, BLOCK);
  v128.store(tag, v128.xor(v128.load(tag), v128.load(mask)));
}

function end(): void {
  wipe();
  memory.fill(mask, 0, BLOCK);
  memory.fill(tag, 0, BLOCK); // of a forgery it is what the forger looks for
}
