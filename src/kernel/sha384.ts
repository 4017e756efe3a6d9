/** SHA-384, FIPS 180-4 section 6.5: SHA-512 from other initial values, and cut short. */
import { SHA512_LENGTH, sha512Final, sha512Init, sha512Update } from "./sha512.ts";

const LENGTH: usize = 48;

const state: usize = memory.data(200);
const whole: usize = memory.data(64);

/** Writes the hash of `length` bytes to the 48 bytes at `out`. */
export function sha384(out: usize, message: usize, length: usize): void {
  sha512Init(state);
  memory.copy(state, initialHash(), SHA512_LENGTH);
  sha512Update(state, message, length);
  sha512Final(state, whole);
  memory.copy(out, whole, LENGTH);
  memory.fill(whole, 0, SHA512_LENGTH);
}

/**
 * Section 5.3.4: of the square roots of the ninth to sixteenth primes, the first 64 bits of the fractional parts. Within
 * a function, because then a program that has no use for it doesn't carry it.
 */
function initialHash(): usize {
  // oxfmt-ignore
  return memory.data<u64>([
    0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
    0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4,
  ]);
}
