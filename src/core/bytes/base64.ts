/**
 * Base64, RFC 4648 section 4. Decoding is strict (section 3.5): no characters outside of the alphabet, padding to
 * whole groups of four, unused bits zero, so that each byte string has one form. Neither direction looks anything up
 * by, or branches on, the value of a byte: private keys pass through here.
 */

/** 255 if low <= value <= high, else 0. For values from 0 to 255. */
function between(value: i32, low: i32, high: i32): i32 {
  return (((low - 1 - value) & (value - high - 1)) >> 8) & 255;
}

/** The character for six bits. */
function character(six: i32): i32 {
  return (
    (between(six, 0, 25) & (six + 65)) |
    (between(six, 26, 51) & (six + 71)) |
    (between(six, 52, 61) & (six - 4)) |
    (between(six, 62, 62) & 43) |
    (between(six, 63, 63) & 47)
  );
}

/** The six bits behind a character, plus 256 for one outside of the alphabet. */
function sixBits(character: i32): i32 {
  const upper = between(character, 65, 90);
  const lower = between(character, 97, 122);
  const digit = between(character, 48, 57);
  const plus = between(character, 43, 43);
  const slash = between(character, 47, 47);
  const value =
    (upper & (character - 65)) | (lower & (character - 71)) | (digit & (character + 4)) | (plus & 62) | (slash & 63);
  return value | (256 - ((upper | lower | digit | plus | slash) & 1) * 256);
}

/** ASCII, padded with `=`. */
export function toBase64(bytes: Uint8Array): Uint8Array {
  const left = bytes.length % 3;
  const whole = bytes.length - left;
  const text = new Uint8Array(((whole / 3) as i32) * 4 + (left == 0 ? 0 : 4));
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const second = i + 1 < bytes.length ? (bytes[i + 1] as i32) : 0;
    const third = i + 2 < bytes.length ? (bytes[i + 2] as i32) : 0;
    const group = ((bytes[i] as i32) << 16) | (second << 8) | third;
    text[at] = character(group >>> 18) as u8;
    text[at + 1] = character((group >>> 12) & 63) as u8;
    text[at + 2] = i + 1 < bytes.length ? (character((group >>> 6) & 63) as u8) : 61;
    text[at + 3] = i + 2 < bytes.length ? (character(group & 63) as u8) : 61;
    at += 4;
  }
  return text;
}

/** The bytes that the ASCII of `text` stands for; null unless it is exactly what `toBase64` makes. */
export function fromBase64(text: Uint8Array): Uint8Array | null {
  if ((text.length & 3) != 0) return null;
  let padding = 0;
  if (text.length > 0 && text[text.length - 1] == 61) padding = text[text.length - 2] == 61 ? 2 : 1;
  const digits = text.length - padding;
  const bytes = new Uint8Array((text.length >>> 2) * 3 - padding);
  let bad = 0;
  let bits = 0;
  let group = 0;
  let at = 0;
  for (let i = 0; i < digits; i++) {
    const six = sixBits(text[i] as i32);
    bad |= six >>> 8;
    group = ((group << 6) | (six & 63)) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at] = ((group >>> bits) & 255) as u8;
    at++;
  }
  bad |= group & ((1 << bits) - 1);
  if (bad == 0) return bytes;
  bytes.fill(0);
  return null;
}
