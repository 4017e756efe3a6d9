/** Copying, comparing and wiping byte arrays. */

export const EMPTY: Uint8Array = new Uint8Array(0);

/** A copy of its own of `length` bytes from `offset`. */
export function copyOf(bytes: Uint8Array, offset: i32, length: i32): Uint8Array {
  const copy = new Uint8Array(length);
  copy.set(bytes.subarray(offset, offset + length));
  return copy;
}

export function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Equality in time that depends on the lengths alone. */
export function equal(a: Uint8Array, b: Uint8Array): bool {
  if (a.length != b.length) return false;
  let difference: u32 = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] as u32) ^ (b[i] as u32);
  return difference == 0;
}

/** Overwrites a secret that is no longer needed. */
export function wipe(secret: Uint8Array): void {
  secret.fill(0);
}
