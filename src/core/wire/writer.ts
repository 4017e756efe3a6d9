/** Writes the data types of RFC 4251 section 5, and TPM 2.0's, into a byte array that grows as needed. */
import { ascii } from "../bytes/text.ts";
import { wipe } from "../bytes/bytes.ts";

/** Writes a uint32 at `at`. */
export function putUint32(out: Uint8Array, at: i32, value: u32): void {
  out[at] = (value >>> 24) as u8;
  out[at + 1] = ((value >>> 16) & 255) as u8;
  out[at + 2] = ((value >>> 8) & 255) as u8;
  out[at + 3] = (value & 255) as u8;
}

export class Writer {
  private buffer: Uint8Array;
  private length: i32 = 0;

  constructor(capacity: i32) {
    this.buffer = new Uint8Array(capacity);
  }

  byte(value: u8): void {
    const at = this.claim(1);
    this.buffer[at] = value;
  }

  boolean(value: bool): void {
    this.byte(value ? 1 : 0);
  }

  uint16(value: u32): void {
    this.byte(((value >>> 8) & 255) as u8);
    this.byte((value & 255) as u8);
  }

  uint32(value: u32): void {
    const at = this.claim(4);
    putUint32(this.buffer, at, value);
  }

  raw(bytes: Uint8Array): void {
    const at = this.claim(bytes.length);
    this.buffer.set(bytes, at);
  }

  /** A `string`: its length as uint32, then its bytes. */
  string(bytes: Uint8Array): void {
    this.uint32(bytes.length as u32);
    this.raw(bytes);
  }

  /** A TPM2B (TPM 2.0 Part 2, 10.4): its size as uint16, then its bytes. */
  sized(bytes: Uint8Array): void {
    this.uint16(bytes.length as u32);
    this.raw(bytes);
  }

  /** An `mpint` of a number that is not negative, given as its magnitude, with leading zeros or without. */
  magnitude(bytes: Uint8Array): void {
    let start = 0;
    while (start < bytes.length && bytes[start] == 0) start++;
    const signed = start < bytes.length && bytes[start] >= 128;
    this.uint32((bytes.length - start + (signed ? 1 : 0)) as u32);
    if (signed) this.byte(0);
    this.raw(bytes.subarray(start));
  }

  /** A `string` or `name-list` of ASCII text. */
  text(text: string): void {
    this.string(ascii(text));
  }

  /** A view of what was written: valid until the next write. */
  written(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  /** Forgets what was written and keeps the memory. */
  reset(): void {
    this.length = 0;
  }

  /** Forgets what was written, and overwrites it. */
  wipe(): void {
    wipe(this.buffer);
    this.length = 0;
  }

  /** Makes room for `count` bytes and says where they start. */
  private claim(count: i32): i32 {
    const at = this.length;
    this.length = at + count;
    if (this.length > this.buffer.length) {
      const larger = new Uint8Array(this.length * 2);
      larger.set(this.buffer.subarray(0, at));
      wipe(this.buffer);
      this.buffer = larger;
    }
    return at;
  }
}
