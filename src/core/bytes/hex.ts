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
