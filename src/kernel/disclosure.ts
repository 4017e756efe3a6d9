/**
 * Values that were made of secrets and that nevertheless anybody may know: kernels say here which, where and why.
 *
 * That matters to the constant-time tests alone (test/constant-time), which from then on permit jumps and addresses that
 * depend on the value. In every other build nothing is left of it.
 */

declare function markWord(value: u32): u32;
declare function markBytes(at: usize, length: usize): void;

/** The same value, known to all. */
export function disclosed(value: u32): u32 {
  return isDefined(DISCLOSURE) ? markWord(value) : value;
}

/** The `length` bytes at `at` are known to all. */
export function disclose(at: usize, length: usize): void {
  if (isDefined(DISCLOSURE)) markBytes(at, length);
}
