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

/** The value of an ASCII digit, either case; -1 if it is none. */
function valueOf(digit: i32): i32 {
  if (digit >= 48 && digit <= 57) return digit - 48;
  const lower = digit | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** The bytes that `text`, ASCII digits of either case and nothing else, stands for; null if it is anything else. */
export function fromHex(text: Uint8Array): Uint8Array | null {
  if ((text.length & 1) != 0) return null;
  const bytes = new Uint8Array(text.length >>> 1);
  for (let i = 0; i < bytes.length; i++) {
    const high = valueOf(text[2 * i] as i32);
    const low = valueOf(text[2 * i + 1] as i32);
    if (high < 0 || low < 0) return null;
    bytes[i] = ((high << 4) | low) as u8;
  }
  return bytes;
}
