/**
 * Reads the data types of RFC 4251 section 5 from a byte array, and the few that TPM 2.0 (Part 2) adds to them.
 *
 * A reader never throws. Reading past the end makes it `bad` and yields zeros and empty strings from then on;
 * whoever decodes a message asks `ok()` once at its end, which refuses trailing bytes too.
 */
import { EMPTY } from "../bytes/bytes.ts";

export class Reader {
  private bytes: Uint8Array;
  private at: i32 = 0;
  bad: bool = false;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** True if all that was read was there, and nothing is left. */
  ok(): bool {
    return !this.bad && this.at == this.bytes.length;
  }

  /** Bytes not yet read. */
  left(): i32 {
    return this.bad ? 0 : this.bytes.length - this.at;
  }

  byte(): u8 {
    const at = this.take(1);
    return at < 0 ? 0 : this.bytes[at];
  }

  /** Any value but 0 is true (RFC 4251 section 5). */
  boolean(): bool {
    return this.byte() != 0;
  }

  uint16(): u32 {
    const at = this.take(2);
    return at < 0 ? 0 : ((this.bytes[at] as u32) << 8) | (this.bytes[at + 1] as u32);
  }

  uint32(): u32 {
    const at = this.take(4);
    if (at < 0) return 0;
    const b = this.bytes;
    return (((b[at] as u32) << 24) | ((b[at + 1] as u32) << 16) | ((b[at + 2] as u32) << 8) | (b[at + 3] as u32)) >>> 0;
  }

  /** A view of `length` raw bytes: valid as long as the array that the reader was made with. */
  raw(length: u32): Uint8Array {
    const at = this.take(length);
    return at < 0 ? EMPTY : this.bytes.subarray(at, at + (length as i32));
  }

  /** A `string`: its length as uint32, then that many bytes. */
  string(): Uint8Array {
    return this.raw(this.uint32());
  }

  /** A TPM2B (TPM 2.0 Part 2, 10.4): its size as uint16, then that many bytes. */
  sized(): Uint8Array {
    return this.raw(this.uint16());
  }

  /** The magnitude of an `mpint` that is not negative, without leading zeros; any but the one shortest form is bad. */
  magnitude(): Uint8Array {
    const bytes = this.string();
    if (bytes.length == 0) return bytes;
    if (bytes[0] >= 128 || (bytes[0] == 0 && (bytes.length == 1 || bytes[1] < 128))) {
      this.bad = true;
      return EMPTY;
    }
    return bytes[0] == 0 ? bytes.subarray(1) : bytes;
  }

  /** All that is left. */
  rest(): Uint8Array {
    return this.raw(this.left() as u32);
  }

  /** Claims `length` bytes and says where they start, or -1 if they are not there. */
  private take(length: u32): i32 {
    if (this.bad || length > ((this.bytes.length - this.at) as u32)) {
      this.bad = true;
      return -1;
    }
    const at = this.at;
    this.at += length as i32;
    return at;
  }
}
