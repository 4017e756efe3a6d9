/** Bytes as lower-case hexadecimal digits. */

const DIGITS: string = "0123456789abcdef";

export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) {
    const b = bytes[i] as i32;
    text += DIGITS.charAt(b >>> 4) + DIGITS.charAt(b & 15);
  }
  return text;
}

/** The bytes that `digits` stand for, of either case; null if they are no such text. */
export function fromHex(digits: Uint8Array): Uint8Array | null {
  if (digits.length % 2 != 0) return null;
  const bytes = new Uint8Array(digits.length >> 1);
  for (let i = 0; i < digits.length; i++) {
    const digit = hexDigit(digits[i] as i32);
    if (digit < 0) return null;
    bytes[i >> 1] |= i % 2 == 0 ? ((digit << 4) as u8) : (digit as u8);
  }
  return bytes;
}

/** The value of a hexadecimal digit of either case; -1 if it is none. */
export function hexDigit(digit: i32): i32 {
  if (digit >= 48 && digit <= 57) return digit - 48;
  const small = digit | 32;
  return small >= 97 && small <= 102 ? small - 87 : -1;
}
