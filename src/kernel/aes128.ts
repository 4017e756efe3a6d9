/**
 * AES-128 in the CFB mode with whole blocks, CFB-128 (NIST SP 800-38A section 6.3), which is how a TPM encrypts
 * parameters, keys and duplicates (TPM 2.0 part 1, annex B). The last block may be shorter.
 *
 * Constant time, as src/kernel/aes256.ts, of which it is a shorter key and four rounds fewer.
 */
import { BLOCK, encryptRounds, roundKeys, substitute, wipe } from "./aes256.ts";

const KEY: usize = 16;
const ROUNDS: usize = 10;

/** What the next block is XORed with, once encrypted: the block of ciphertext before it. */
const feedback: usize = memory.data(16, 16);

/** Encrypts `length` bytes in place; `key`, `iv`: 16 bytes. */
export function aes128CfbEncrypt(data: usize, length: usize, key: usize, iv: usize): void {
  cfb(data, length, key, iv, true);
}

/** The opposite. */
export function aes128CfbDecrypt(data: usize, length: usize, key: usize, iv: usize): void {
  cfb(data, length, key, iv, false);
}

function cfb(data: usize, length: usize, key: usize, iv: usize, encrypting: bool): void {
  expandKey(key);
  memory.copy(feedback, iv, BLOCK);
  while (length != 0) {
    encryptRounds(feedback, BLOCK, ROUNDS);
    const n = length < BLOCK ? length : BLOCK;
    for (let i: usize = 0; i < n; i++) {
      const from = load<u8>(data + i);
      const to = from ^ load<u8>(feedback + i);
      store<u8>(data + i, to);
      store<u8>(feedback + i, encrypting ? to : from);
    }
    data += n;
    length -= n;
  }
  wipe();
  memory.fill(feedback, 0, BLOCK);
}

/** FIPS 197 section 5.2: four words from the key, then each from the one before it and the one four before it. */
function expandKey(key: usize): void {
  memory.copy(roundKeys, key, KEY);
  let roundConstant: u32 = 1;
  for (let at: usize = KEY; at < (ROUNDS + 1) * BLOCK; at += 4) {
    let word = load<u32>(roundKeys + at - 4);
    if ((at & (KEY - 1)) == 0) {
      word = rotr<u32>(substitute(word), 8) ^ roundConstant;
      roundConstant = roundConstant == 0x80 ? 0x1b : roundConstant << 1; // times x, modulo AES's polynomial
    }
    store<u32>(roundKeys + at, load<u32>(roundKeys + at - KEY) ^ word);
  }
}
