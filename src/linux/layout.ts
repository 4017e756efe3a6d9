/**
 * Fields of the kernel's structures: integers in the machine's byte order, which is little-endian on both
 * architectures, and strings that end in a NUL.
 */

export function u16At(bytes: Uint8Array, at: i32): i32 {
  return (bytes[at] as i32) | ((bytes[at + 1] as i32) << 8);
}

export function u32At(bytes: Uint8Array, at: i32): u32 {
  return ((u16At(bytes, at) | (u16At(bytes, at + 2) << 16)) >>> 0) as u32;
}

export function i32At(bytes: Uint8Array, at: i32): i32 {
  return u32At(bytes, at) as i32;
}

export function i64At(bytes: Uint8Array, at: i32): i64 {
  return (u32At(bytes, at) as i64) | ((u32At(bytes, at + 4) as i64) << 32);
}

export function putU16(bytes: Uint8Array, at: i32, value: i32): void {
  bytes[at] = (value & 255) as u8;
  bytes[at + 1] = ((value >>> 8) & 255) as u8;
}

export function putU32(bytes: Uint8Array, at: i32, value: u32): void {
  putU16(bytes, at, (value & 0xffff) as i32);
  putU16(bytes, at + 2, (value >>> 16) as i32);
}

export function putI64(bytes: Uint8Array, at: i32, value: i64): void {
  putU32(bytes, at, value as u32);
  putU32(bytes, at + 4, (value >> 32) as u32);
}

/** `text` with the NUL that system calls expect behind it. A NUL inside it would cut it short, so the caller checks. */
export function terminated(text: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(text.length + 1);
  bytes.set(text);
  return bytes;
}
