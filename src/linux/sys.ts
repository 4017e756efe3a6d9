/**
 * Raw Linux system calls, and the one place where linear memory's addresses are handed to the kernel.
 *
 * A wrapper takes a byte array with offset and length; `address` refuses a range that the array doesn't hold, so no
 * mistake above it can make the kernel read or write anything else. Failures are negative errno values.
 */
import { base, sys } from "../native/host.ts";

/** The address of `length` bytes of `bytes` from `offset`; a range outside of it is a broken invariant. */
export function address(bytes: Uint8Array, offset: i32, length: i32): i64 {
  if (offset < 0 || length < 0 || offset > bytes.length - length)
    throw new RangeError("system call outside of its buffer");
  return base() + (bytes.dataStart as i64) + (offset as i64);
}

/** The address of all of `bytes`. */
export function whole(bytes: Uint8Array): i64 {
  return base() + (bytes.dataStart as i64);
}

/** A system call: `x86_64` and `aarch64` are its numbers there. */
export function call(
  x86_64: i32,
  aarch64: i32,
  a: i64 = 0,
  b: i64 = 0,
  c: i64 = 0,
  d: i64 = 0,
  e: i64 = 0,
  f: i64 = 0,
): i32 {
  return sys(AARCH64 ? aarch64 : x86_64, a, b, c, d, e, f) as i32;
}
