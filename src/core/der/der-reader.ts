/**
 * Reads DER (X.690 section 10): the one form that each value has. Of its types only those that keys are written in.
 *
 * A reader never throws. What is not as it must be makes it `bad`, and it yields zeros and nothing from then on; whoever
 * decodes a structure asks `ok()` of each reader once at its end, which refuses trailing bytes too.
 *
 * Left out on purpose: tags above 30, indefinite lengths, and whatever else is BER and not DER.
 */
import { EMPTY } from "../bytes/bytes.ts";

/** Tags, X.680 section 8.6; of constructed values with the bit that says so. */
export const BOOLEAN: i32 = 0x01;
export const INTEGER: i32 = 0x02;
export const BIT_STRING: i32 = 0x03;
export const OCTET_STRING: i32 = 0x04;
export const NULL: i32 = 0x05;
export const OBJECT_IDENTIFIER: i32 = 0x06;
export const UTF8_STRING: i32 = 0x0c;
export const SEQUENCE: i32 = 0x30;

/** The tag of an explicitly tagged field `[number]`. */
export function explicit(number: i32): i32 {
  return 0xa0 | number;
}

/** A length's own bytes at most: nothing that is read is larger than this can say. */
const LENGTH_BYTES: i32 = 3;

export class DerReader {
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

  /** The tag of what comes next; 0 if nothing does. */
  tag(): i32 {
    return this.bad || this.at == this.bytes.length ? 0 : (this.bytes[this.at] as i32);
  }

  /** The contents of the next value, which must have this tag: a view of the array that the reader was made with. */
  element(tag: i32): Uint8Array {
    if (this.tag() != tag) return this.refuse();
    return this.contents();
  }

  /** A reader of what is within the next value. It is bad if this one is. */
  inner(tag: i32): DerReader {
    const inner = new DerReader(this.element(tag));
    inner.bad = this.bad;
    return inner;
  }

  /** Passes over the next value, whatever it is. */
  skip(): void {
    if (this.tag() == 0 || (this.tag() & 31) == 31) this.refuse();
    else this.contents();
  }

  /** The magnitude of an INTEGER that is not negative, without leading zeros: of 0 it is empty. */
  magnitude(): Uint8Array {
    const number = this.element(INTEGER);
    if (this.bad) return EMPTY;
    if (number.length == 0 || number[0] >= 128) return this.refuse();
    if (number[0] != 0) return number;
    if (number.length > 1 && number[1] < 128) return this.refuse();
    return number.subarray(1);
  }

  /** An INTEGER that fits into 32 bits. */
  uint32(): u32 {
    const number = this.magnitude();
    if (number.length > 4) this.refuse();
    let value: u32 = 0;
    for (let i = 0; i < number.length && !this.bad; i++) value = ((value << 8) | (number[i] as u32)) >>> 0;
    return value;
  }

  /** A BIT STRING of whole bytes. */
  bits(): Uint8Array {
    const bits = this.element(BIT_STRING);
    if (this.bad || bits.length == 0 || bits[0] != 0) return this.refuse();
    return bits.subarray(1);
  }

  private contents(): Uint8Array {
    this.at++;
    const length = this.length();
    if (this.bad || length > this.bytes.length - this.at) return this.refuse();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** Section 10.1: up to 127 in one byte; else how many bytes follow, and these, as few as can be. */
  private length(): i32 {
    const first = this.byte();
    if (first < 128) return first;
    const count = first & 127;
    if (count == 0 || count > LENGTH_BYTES) this.bad = true;
    let length = 0;
    for (let i = 0; i < count && !this.bad; i++) length = (length << 8) | this.byte();
    if (length < 128 || length >> (8 * (count - 1)) == 0) this.bad = true;
    return length;
  }

  private byte(): i32 {
    if (this.at == this.bytes.length) this.bad = true;
    if (this.bad) return 0;
    this.at++;
    return this.bytes[this.at - 1] as i32;
  }

  private refuse(): Uint8Array {
    this.bad = true;
    return EMPTY;
  }
}
