/**
 * Internet addresses without ports, as bytes (4 or 16, in the network's order) and as people write them.
 *
 * Left out on purpose: IPv4 in any form but four decimal numbers, and zones of IPv6 (fe80::1%eth0).
 */
const COLON: u8 = 58;
const DOT: u8 = 46;

/**
 * The address that `text` is, in 4 or 16 bytes; null if it is none. An IPv4 address in IPv6's clothes (::ffff:192.0.2.1)
 * is taken for what it is.
 */
export function parseAddress(text: Uint8Array): Uint8Array | null {
  const bytes = new Uint8Array(16);
  if (parseIPv4(bytes, text, 0)) return bytes.subarray(0, 4);
  if (!parseIPv6(bytes, text)) return null;
  return isMapped(bytes) ? bytes.subarray(12) : bytes;
}

/** `192.0.2.1` for 4 bytes, `2001:db8::1` for 16. */
export function hostText(bytes: Uint8Array): string {
  return bytes.length == 4 ? `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}` : ipv6Text(bytes);
}

/** True for ::ffff:0:0/96. */
export function isMapped(bytes: Uint8Array): bool {
  for (let i = 0; i < 10; i++) {
    if (bytes[i] != 0) return false;
  }
  return bytes[10] == 255 && bytes[11] == 255;
}

/** A decimal number of at most `most`, or -1. No leading zeros: some would read them as octal. */
export function decimal(text: Uint8Array, most: i32): i32 {
  if (text.length == 0 || text.length > 5 || (text.length > 1 && text[0] == 48)) return -1;
  let number = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] < 48 || text[i] > 57) return -1;
    number = number * 10 + (text[i] as i32) - 48;
  }
  return number > most ? -1 : number;
}

/** RFC 6943 section 3.1.1, strict: four decimal numbers, written to `out` from `at` on. */
export function parseIPv4(out: Uint8Array, text: Uint8Array, at: i32): bool {
  let rest = text;
  for (let i = 0; i < 4; i++) {
    const dot = rest.indexOf(DOT);
    if (dot < 0 != (i == 3)) return false;
    const number = decimal(i == 3 ? rest : rest.subarray(0, dot), 255);
    if (number < 0) return false;
    out[at + i] = number as u8;
    rest = rest.subarray(dot + 1);
  }
  return true;
}

/** RFC 4291 section 2.2: eight groups, `::` once for as many groups of zeros as are missing, IPv4 at the end. */
export function parseIPv6(out: Uint8Array, text: Uint8Array): bool {
  let length = 0; // bytes so far
  let gap = -1; // where the :: was
  let at = 0;
  if (text.length >= 2 && text[0] == COLON && text[1] == COLON) {
    gap = 0;
    at = 2;
  }
  while (at < text.length) {
    if (length == 16) return false;
    const colon = text.indexOf(COLON, at);
    const end = colon < 0 ? text.length : colon;
    if (colon < 0 && text.indexOf(DOT, at) >= 0) {
      if (length > 12 || !parseIPv4(out, text.subarray(at), length)) return false;
      length += 4;
      break;
    }
    const group = hexadecimal(text.subarray(at, end));
    if (group < 0) return false;
    out[length] = (group >> 8) as u8;
    out[length + 1] = (group & 255) as u8;
    length += 2;
    if (end == text.length) break;
    at = end + 1;
    if (at == text.length) return false; // one colon at the end
    if (text[at] != COLON) continue;
    if (gap >= 0) return false;
    gap = length;
    at++;
  }
  if (gap < 0) return length == 16;
  if (length > 14) return false;
  const behind = length - gap;
  out.copyWithin(16 - behind, gap, length);
  out.fill(0, gap, 16 - behind);
  return true;
}

/** A group of one to four hexadecimal digits, or -1. */
function hexadecimal(text: Uint8Array): i32 {
  if (text.length == 0 || text.length > 4) return -1;
  let number = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as i32;
    const lower = c | 32;
    if (c >= 48 && c <= 57) number = (number << 4) | (c - 48);
    else if (lower >= 97 && lower <= 102) number = (number << 4) | (lower - 87);
    else return -1;
  }
  return number;
}

/** RFC 5952: lower case, no leading zeros, the longest run of at least two groups of zeros as `::`, the first of equals. */
function ipv6Text(bytes: Uint8Array): string {
  let runStart = -1;
  let runLength = 1;
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && group(bytes, i + length) == 0) length++;
    if (length > runLength) {
      runStart = i;
      runLength = length;
    }
  }
  let text = "";
  for (let i = 0; i < 8; i++) {
    if (i == runStart) {
      text += "::";
      i += runLength - 1;
      continue;
    }
    if (text.length > 0 && !text.endsWith(":")) text += ":";
    text += hexText(group(bytes, i));
  }
  return text;
}

function group(bytes: Uint8Array, index: i32): i32 {
  return ((bytes[index * 2] as i32) << 8) | (bytes[index * 2 + 1] as i32);
}

function hexText(number: i32): string {
  const digits = "0123456789abcdef";
  let text = "";
  for (let shift = 12; shift >= 0; shift -= 4) {
    const digit = (number >> shift) & 15;
    if (digit != 0 || text.length > 0 || shift == 0) text += digits.charAt(digit);
  }
  return text;
}
