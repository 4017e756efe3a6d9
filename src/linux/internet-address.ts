/**
 * Internet addresses with ports: as people write them, and as the kernel does (struct sockaddr_in, sockaddr_in6).
 *
 * Text is `192.0.2.1:22`, `[2001:db8::1]:22`, or `*:22` for every address of the machine. An IPv4 address that arrives
 * in IPv6's clothes (::ffff:192.0.2.1) is written as what it is. Left out on purpose: names, and zones (fe80::1%eth0).
 */
export const AF_INET: i32 = 2;
export const AF_INET6: i32 = 10;

const COLON: u8 = 58;
const DOT: u8 = 46;
/** sizeof(struct sockaddr_in6), the longer one. */
const LONGEST: i32 = 28;

export class InternetAddress {
  family: i32 = AF_INET6;
  /** 16 bytes for IPv6, of which IPv4 uses the first four. */
  bytes: Uint8Array = new Uint8Array(16);
  port: i32 = 0;
  /** Every address, of either family. */
  any: bool = false;

  /** Null if `text` isn't `ADDRESS:PORT`. */
  static parse(text: Uint8Array): InternetAddress | null {
    const colon = text.lastIndexOf(COLON);
    if (colon < 0) return null;
    const address = new InternetAddress();
    address.port = decimal(text.subarray(colon + 1), 65535);
    if (address.port < 1) return null;
    const host = text.subarray(0, colon);
    const last = host.length - 1;
    if (host.length == 1 && host[0] == 42) {
      address.any = true;
      return address;
    }
    if (last > 0 && host[0] == 91 && host[last] == 93) {
      return parseIPv6(address.bytes, host.subarray(1, last)) ? address : null;
    }
    address.family = AF_INET;
    return parseIPv4(address.bytes, host, 0) ? address : null;
  }

  /** What the kernel gave; null if it is no internet address. */
  static fromKernel(name: Uint8Array): InternetAddress | null {
    if (name.length < 8) return null;
    const address = new InternetAddress();
    address.family = (name[0] as i32) | ((name[1] as i32) << 8); // in the machine's order, the port in the network's
    address.port = ((name[2] as i32) << 8) | (name[3] as i32);
    if (address.family == AF_INET) {
      address.bytes.set(name.subarray(4, 8));
      return address;
    }
    if (address.family != AF_INET6 || name.length < LONGEST) return null;
    address.bytes.set(name.subarray(8, 24));
    if (!isMapped(address.bytes)) return address;
    address.family = AF_INET;
    address.bytes.copyWithin(0, 12, 16);
    address.bytes.fill(0, 4);
    return address;
  }

  forKernel(): Uint8Array {
    const name = new Uint8Array(this.family == AF_INET ? 16 : LONGEST);
    name[0] = this.family as u8;
    name[2] = (this.port >> 8) as u8;
    name[3] = (this.port & 255) as u8;
    if (this.family == AF_INET) name.set(this.bytes.subarray(0, 4), 4);
    else name.set(this.bytes, 8);
    return name;
  }

  /**
   * Tells whom a connection comes from, as far as limits go: a number for each IPv4 address, and for each /64 of IPv6,
   * all of which whoever has one address has as a rule. Two networks of IPv6 may have the same.
   */
  network(): u32 {
    const high = word(this.bytes, 0);
    return this.family == AF_INET ? high : (high ^ word(this.bytes, 4)) >>> 0;
  }

  /** The address alone: `192.0.2.1`, `2001:db8::1`. */
  host(): string {
    if (this.family == AF_INET) return `${this.bytes[0]}.${this.bytes[1]}.${this.bytes[2]}.${this.bytes[3]}`;
    return ipv6Text(this.bytes);
  }

  /** As `parse` takes it. */
  text(): string {
    if (this.any) return `*:${this.port}`;
    return this.family == AF_INET ? `${this.host()}:${this.port}` : `[${this.host()}]:${this.port}`;
  }
}

/** Four bytes as a number. */
function word(bytes: Uint8Array, at: i32): u32 {
  return (((group(bytes, at >> 1) << 16) | group(bytes, (at >> 1) + 1)) >>> 0) as u32;
}

/** True for ::ffff:0:0/96. */
function isMapped(bytes: Uint8Array): bool {
  for (let i = 0; i < 10; i++) {
    if (bytes[i] != 0) return false;
  }
  return bytes[10] == 255 && bytes[11] == 255;
}

/** A decimal number of at most `most`, or -1. No leading zeros: some would read them as octal. */
function decimal(text: Uint8Array, most: i32): i32 {
  if (text.length == 0 || text.length > 5 || (text.length > 1 && text[0] == 48)) return -1;
  let number = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] < 48 || text[i] > 57) return -1;
    number = number * 10 + (text[i] as i32) - 48;
  }
  return number > most ? -1 : number;
}

function parseIPv4(out: Uint8Array, text: Uint8Array, at: i32): bool {
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
function parseIPv6(out: Uint8Array, text: Uint8Array): bool {
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
