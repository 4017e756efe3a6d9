/**
 * Packets that arrive: the receive buffer, and the binary packet protocol of RFC 4253 section 6 in the client's direction.
 *
 * Bytes are read straight into the buffer, and packets are decrypted where they lie.
 */
import { EMPTY, wipe } from "../../bytes/bytes.ts";
import { Cipher, LENGTH_BYTES, Plain } from "./cipher.ts";

/** Bytes of the buffer at first, and at most. A session at rest needs no more than the first. */
const SMALLEST: i32 = 8192;
const LARGEST: i32 = 262144;
/** Less than this is not worth a read of its own: the rest is moved to the front first. */
const SCANT: i32 = 4096;

/**
 * packet_length at most. RFC 4253 section 6.1 demands packets of 35,000 bytes in all; channel data of 32,768 bytes, the
 * most that we ask for, needs 33,040.
 */
const PACKET_LIMIT: u32 = 35000;
/** padding_length at least, RFC 4253 section 6. */
export const PADDING: i32 = 4;
/** Packets under one key: the sequence number is the nonce, so none may come twice. */
const PACKETS_PER_KEY: u32 = 0xffffffff;

/** What `next` found. */
export const NOTHING: i32 = 0;
export const PACKET: i32 = 1;
/** The packet was not made with these keys. */
export const FORGED: i32 = 2;
/** Its lengths break the protocol. */
export const MALFORMED: i32 = 3;
/** One packet more than a key may protect. */
export const WORN: i32 = 4;

export class Incoming {
  private buffer: Uint8Array = new Uint8Array(SMALLEST);
  private start: i32 = 0;
  private end: i32 = 0;
  /** The last read left no room: more was waiting. */
  private filled: bool = false;
  private cipher: Cipher = new Plain();
  private awaited: Cipher | null = null;
  /** packet_length of the packet at `start`, or 0 if it isn't known yet. */
  private length: u32 = 0;
  /** Sequence number of the packet that comes next. */
  private sequence: u32 = 0;

  /** What `next` found: a view of the buffer, valid until more is read. */
  payload: Uint8Array = EMPTY;
  /** Packets and bytes since the keys were last changed. */
  packets: u32 = 0;
  bytes: f64 = 0;

  /** The free part of the buffer: never empty. */
  free(): Uint8Array {
    if (this.start == this.end) {
      this.start = 0;
      this.end = 0;
    }
    if (this.filled && this.buffer.length < LARGEST) {
      this.moveTo(new Uint8Array(this.buffer.length * 2));
    } else if (this.buffer.length - this.end < SCANT) {
      this.buffer.copyWithin(0, this.start, this.end);
      this.end -= this.start;
      this.start = 0;
    }
    this.filled = false;
    return this.buffer.subarray(this.end);
  }

  /** Says that `count` bytes were read into what `free` gave. */
  filledBy(count: i32): void {
    if (count < 0 || count > this.buffer.length - this.end) throw new Error("more read than there was room for");
    this.end += count;
    this.filled = this.end == this.buffer.length;
  }

  /** Bytes that are there and were not taken yet. */
  available(): i32 {
    return this.end - this.start;
  }

  /**
   * Takes a line of at most `limit` bytes, line feed included, into `payload`, which holds it without the line feed.
   * NOTHING if its end isn't there yet, MALFORMED if it is too long.
   */
  line(limit: i32): i32 {
    for (let i = this.start; i < this.end && i < this.start + limit; i++) {
      if (this.buffer[i] != 10) continue;
      this.payload = this.buffer.subarray(this.start, i);
      this.start = i + 1;
      return PACKET;
    }
    return this.available() >= limit ? MALFORMED : NOTHING;
  }

  /** Takes the next packet if the whole of it is there, and leaves what it carries in `payload`. */
  next(): i32 {
    const cipher = this.cipher;
    if (this.length == 0) {
      if (this.available() < LENGTH_BYTES) return NOTHING;
      const length = cipher.packetLength(this.buffer, this.start, this.sequence);
      if (length < ((1 + PADDING + 1) as u32) || length > PACKET_LIMIT) return MALFORMED;
      if (((LENGTH_BYTES - cipher.unaligned() + (length as i32)) & (cipher.block() - 1)) != 0) return MALFORMED;
      this.length = length;
    }
    const whole = LENGTH_BYTES + (this.length as i32);
    if (this.available() < whole + cipher.tagLength()) return NOTHING;
    if (this.packets == PACKETS_PER_KEY) return WORN;
    if (!cipher.open(this.buffer, this.start, whole, this.sequence)) return FORGED;
    const body = this.start + LENGTH_BYTES + 1;
    const padding = this.buffer[body - 1] as i32;
    const length = (this.length as i32) - 1 - padding;
    if (padding < PADDING || length < 1) return MALFORMED;
    this.payload = this.buffer.subarray(body, body + length);
    this.start += whole + cipher.tagLength();
    this.length = 0;
    this.sequence = (this.sequence + 1) >>> 0;
    this.packets++;
    this.bytes += (whole + cipher.tagLength()) as f64;
    return PACKET;
  }

  /** Sequence number of the packet that `next` found last. */
  lastSequence(): u32 {
    return (this.sequence - 1) >>> 0;
  }

  /** Says what will protect packets after the client's NEWKEYS. */
  awaitKeys(cipher: Cipher): void {
    this.awaited = cipher;
  }

  /** The client's NEWKEYS is there; under strict key exchange the sequence starts anew. */
  changeKeys(restart: bool): void {
    this.cipher.wipe();
    this.cipher = this.awaited!;
    this.awaited = null;
    this.packets = 0;
    this.bytes = 0;
    if (restart) this.sequence = 0;
  }

  /** Wipes the keys: nothing can be received any more. */
  wipe(): void {
    this.cipher.wipe();
    const awaited = this.awaited;
    if (awaited != null) awaited.wipe();
  }

  private moveTo(larger: Uint8Array): void {
    larger.set(this.buffer.subarray(this.start, this.end));
    wipe(this.buffer);
    this.buffer = larger;
    this.end -= this.start;
    this.start = 0;
  }
}
