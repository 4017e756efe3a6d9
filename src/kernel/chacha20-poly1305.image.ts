/**
 * chacha20-poly1305@openssh.com, OpenSSH's PROTOCOL.chacha20poly1305, in as few words as there can be: one block after the
 * other, the tag after all of them. A passphrase is no load.
 */
import { chacha20 } from "./chacha20.ts";
import { TAG, begin, finish } from "./poly1305.ts";

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
  chacha20(packet + LENGTH_FIELD, length - LENGTH_FIELD, key, nonce, 1);
  finish(packet + length, packet, length);
}

/** Decrypts all but the length in place; false, and nothing done, if the tag behind the packet is wrong. */
export function open(packet: usize, length: usize, key: usize, sequence: u32): bool {
  start(key, sequence);
  finish(tag, packet, length);
  const given = packet + length;
  const difference = (load<u64>(tag) ^ load<u64>(given)) | (load<u64>(tag, 8) ^ load<u64>(given, 8));
  memory.fill(tag, 0, TAG); // the tag that would have been right is nobody's business
  if (difference == 0) chacha20(packet + LENGTH_FIELD, length - LENGTH_FIELD, key, nonce, 1);
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
