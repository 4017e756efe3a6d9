/** Text on the wire is bytes; the names that the protocol itself defines are ASCII (RFC 4250 section 4.6.1). */

/** The bytes of an ASCII string. */
export function ascii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i) as u8;
  return bytes;
}

/** True if `bytes` are exactly the ASCII string `text`. For names, not for secrets. */
export function isText(bytes: Uint8Array, text: string): bool {
  return isTextWithin(bytes, 0, bytes.length, text);
}

/** True if `bytes` from `start` up to `end`, which are within them, are exactly `text`. */
export function isTextWithin(bytes: Uint8Array, start: i32, end: i32, text: string): bool {
  if (end - start != text.length) return false;
  for (let i = start; i < end; i++) {
    if ((bytes[i] as i32) != text.charCodeAt(i - start)) return false;
  }
  return true;
}

/** True if `bytes` begin with the ASCII string `text`. */
export function startsWithText(bytes: Uint8Array, text: string): bool {
  return bytes.length >= text.length && isTextWithin(bytes, 0, text.length, text);
}

/** True if the ASCII string `text` is anywhere in `bytes`. */
export function holdsText(bytes: Uint8Array, text: string): bool {
  for (let i = 0; i + text.length <= bytes.length; i++) if (isTextWithin(bytes, i, i + text.length, text)) return true;
  return false;
}

/** A copy in which the capital letters of ASCII are small ones. */
export function lowerCase(bytes: Uint8Array): Uint8Array {
  const lower = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) lower[i] = bytes[i] >= 65 && bytes[i] <= 90 ? bytes[i] | 32 : bytes[i];
  return lower;
}

/** The decimal number that `bytes` from `start` up to `end` are, of nothing but 1 to 9 digits; -1 if they are none. */
export function decimalWithin(bytes: Uint8Array, start: i32, end: i32): i32 {
  if (end <= start || end - start > 9) return -1;
  let number = 0;
  for (let i = start; i < end; i++) {
    const digit = (bytes[i] as i32) - 48;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

/** Each printable ASCII character as a string, from the blank on: to make one anew takes as much memory as a sentence. */
const characters: string[] = [];
for (let code = 32; code < 127; code++) characters.push(String.fromCharCode(code));

/** Bytes as a string for a log line or a message to a person: whatever isn't printable ASCII becomes `?`. */
export function printable(bytes: Uint8Array): string {
  return printableWithin(bytes, 0, bytes.length);
}

/** In halves, because a text built character by character takes memory by the square of its length. */
function printableWithin(bytes: Uint8Array, start: i32, end: i32): string {
  if (end - start > 8) {
    const middle = (start + end) >> 1;
    return printableWithin(bytes, start, middle) + printableWithin(bytes, middle, end);
  }
  let text = "";
  for (let i = start; i < end; i++) {
    const b = bytes[i] as i32;
    text += b >= 32 && b < 127 ? characters[b - 32] : "?";
  }
  return text;
}

/** Bytes of a stranger's words that a log line shows. */
const EXCERPT: i32 = 200;

/** The beginning of a stranger's words, fit for a log line. */
export function excerpt(words: Uint8Array): string {
  return printable(words.length > EXCERPT ? words.subarray(0, EXCERPT) : words);
}
