/**
 * chacha20-poly1305@openssh.com, OpenSSH's PROTOCOL.chacha20poly1305.
 *
 * A packet is 4 bytes of length, the rest that the length counts, and a tag. The length has a key of its own, so that
 * it can be read before the packet is whole; the tag covers what is on the wire. The nonce is the packet's sequence
 * number. `key` is 64 bytes: for the rest and the tag 32, for the length 32. `length` counts the 4 bytes of length but
 * not the tag.
 */
import { chacha20 } from "./chacha20.ts";
import { STRIDE, chacha20Simd, fourBlocks, setUp, wipe, xorFourBlocks } from "./chacha20-simd.ts";
import { TAG, TAG_BLOCK, absorbBlock, begin, finish } from "./poly1305.ts";

const LENGTH_FIELD: usize = 4;
const LENGTH_KEY: usize = 32;
const TAG_KEY_BYTES: usize = 32;

const nonce: usize = memory.data(8);
const tagKey: usize = memory.data(32);
const tag: usize = memory.data(16);
const lengthField: usize = memory.data(4);

/** Encrypts the packet in place and writes its tag behind it. */
export function seal(packet: usize, length: usize, key: usize, sequence: u32): void {
  start(key, sequence);
  chacha20(packet, LENGTH_FIELD, key + LENGTH_KEY, nonce, 0);
  let data = packet + LENGTH_FIELD;
  let left = length - LENGTH_FIELD;
  let absorbed: usize = 0;
  let counter: u64 = 1;
  if (left >= STRIDE) {
    setUp(key, nonce, counter);
    // The tag covers what is encrypted, so it follows a stride behind.
    for (; left >= STRIDE; left -= STRIDE, data += STRIDE, counter += 4) {
      if (counter == 1) fourBlocks(0);
      else {
        fourBlocks(packet + absorbed);
        absorbed += STRIDE;
      }
      xorFourBlocks(data);
    }
    wipe();
  }
  if (left != 0) chacha20(data, left, key, nonce, counter);
  finish(packet + length, packet + absorbed, length - absorbed);
}

/** Decrypts all but the length in place; false, and nothing done, if the tag behind the packet is wrong. */
export function open(packet: usize, length: usize, key: usize, sequence: u32): bool {
  start(key, sequence);
  let data = packet + LENGTH_FIELD;
  let left = length - LENGTH_FIELD;
  let absorbed: usize = 0;
  let counter: u64 = 1;
  if (left >= STRIDE) {
    setUp(key, nonce, counter);
    absorbBlock(packet);
    absorbed = TAG_BLOCK;
    for (; left >= STRIDE + TAG_BLOCK; left -= STRIDE, data += STRIDE, counter += 4) {
      fourBlocks(packet + absorbed);
      absorbed += STRIDE;
      xorFourBlocks(data);
    }
    wipe();
  }
  finish(tag, packet + absorbed, length - absorbed);
  const given = packet + length;
  const difference = (load<u64>(tag) ^ load<u64>(given)) | (load<u64>(tag, 8) ^ load<u64>(given, 8));
  memory.fill(tag, 0, TAG); // the tag that would have been right is nobody's business
  // XOR again takes back what has been decrypted.
  if (difference != 0) chacha20Simd(packet + LENGTH_FIELD, length - LENGTH_FIELD - left, key, nonce, 1);
  else if (left != 0) chacha20Simd(data, left, key, nonce, counter);
  return difference == 0;
}

/** The length alone, decrypted, the packet unchanged. It isn't authenticated until `open`. */
export function packetLength(packet: usize, key: usize, sequence: u32): u32 {
  setNonce(sequence);
  store<u32>(lengthField, load<u32>(packet));
  chacha20(lengthField, LENGTH_FIELD, key + LENGTH_KEY, nonce, 0);
  const plain = bswap(load<u32>(lengthField));
  store<u32>(lengthField, 0);
  return plain;
}

function setNonce(sequence: u32): void {
  store<u32>(nonce, 0);
  store<u32>(nonce, bswap(sequence), 4);
}

/** The tag is made with a key that block 0 of the key stream gives. */
function start(key: usize, sequence: u32): void {
  setNonce(sequence);
  memory.fill(tagKey, 0, TAG_KEY_BYTES);
  chacha20(tagKey, TAG_KEY_BYTES, key, nonce, 0);
  begin(tagKey);
  memory.fill(tagKey, 0, TAG_KEY_BYTES);
}
