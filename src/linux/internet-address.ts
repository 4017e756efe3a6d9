/**
 * Internet addresses with ports: as people write them, and as the kernel does (struct sockaddr_in, sockaddr_in6).
 *
 * Text is `192.0.2.1:22`, `[2001:db8::1]:22`, or `*:22` for every address of the machine. An IPv4 address that arrives
 * in IPv6's clothes (::ffff:192.0.2.1) is written as what it is. Left out on purpose: names, and zones (fe80::1%eth0).
 */
import { decimal, hostText, isMapped, parseIPv4, parseIPv6 } from "../core/ip-address.ts";

export const AF_INET: i32 = 2;
export const AF_INET6: i32 = 10;

const COLON: u8 = 58;
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

  /** `bytes`: 4 or 16 of them. */
  static of(bytes: Uint8Array, port: i32): InternetAddress {
    const address = new InternetAddress();
    address.family = bytes.length == 4 ? AF_INET : AF_INET6;
    address.bytes.set(bytes);
    address.port = port;
    return address;
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

  /** Its 4 or 16 bytes. */
  address(): Uint8Array {
    return this.family == AF_INET ? this.bytes.subarray(0, 4) : this.bytes;
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
    return hostText(this.address());
  }

  /** As `parse` takes it. */
  text(): string {
    if (this.any) return `*:${this.port}`;
    return this.family == AF_INET ? `${this.host()}:${this.port}` : `[${this.host()}]:${this.port}`;
  }
}

/** Four bytes as a number. */
function word(bytes: Uint8Array, at: i32): u32 {
  let number: u32 = 0;
  for (let i = 0; i < 4; i++) number = ((number << 8) | (bytes[at + i] as u32)) >>> 0;
  return number;
}
