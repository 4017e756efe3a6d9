/**
 * Packets that leave: the output buffer, and the binary packet protocol of RFC 4253 section 6 in the server's direction.
 *
 * A payload is built in the buffer and sealed where it lies. Padding is zero: the ciphers hide it, and what is sent in the
 * clear hides nothing anyhow.
 */
import { wipe } from "../../bytes/bytes.ts";
import { Cipher, LARGEST_BLOCK, LENGTH_BYTES, Plain } from "./cipher.ts";
import { PADDING } from "./incoming.ts";

/** Bytes of the buffer at first; it grows with what is queued. */
const SMALLEST: i32 = 8192;
/** What a packet adds to its payload at most: lengths, padding, tag. */
const OVERHEAD: i32 = LENGTH_BYTES + 1 + PADDING + LARGEST_BLOCK - 1 + 16;

export class Outgoing {
  private buffer: Uint8Array = new Uint8Array(SMALLEST);
  private start: i32 = 0;
  private end: i32 = 0;
  private capacity: i32 = 0;
  private cipher: Cipher = new Plain();
  /** Sequence number of the packet that comes next. */
  private sequence: u32 = 0;

  /** Packets and bytes since the keys were last changed. */
  packets: u32 = 0;
  bytes: f64 = 0;

  /** Bytes to send: a view, valid until the next packet. */
  output(): Uint8Array {
    return this.buffer.subarray(this.start, this.end);
  }

  pending(): i32 {
    return this.end - this.start;
  }

  sent(count: i32): void {
    if (count < 0 || count > this.pending()) throw new Error("more sent than there was");
    this.start += count;
    if (this.start == this.end) {
      this.start = 0;
      this.end = 0;
    }
  }

  /** Queues bytes that are no packet: the identification line. */
  line(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.end);
    this.end += bytes.length;
  }

  /** Room for a payload of at most `capacity` bytes, valid until `commit`. */
  prepare(capacity: i32): Uint8Array {
    this.reserve(capacity + OVERHEAD);
    this.capacity = capacity;
    const body = this.end + LENGTH_BYTES + 1;
    return this.buffer.subarray(body, body + capacity);
  }

  /** Makes a packet of the first `length` bytes of what `prepare` gave. */
  commit(length: i32): void {
    if (length < 1 || length > this.capacity) throw new Error("no room was prepared for this packet");
    this.capacity = 0;
    const cipher = this.cipher;
    const used = LENGTH_BYTES - cipher.unaligned() + 1 + length + PADDING;
    const block = cipher.block();
    const padding = PADDING + ((block - (used & (block - 1))) & (block - 1));
    const packetLength = 1 + length + padding;
    const b = this.buffer;
    const at = this.end;
    b[at] = (packetLength >>> 24) as u8;
    b[at + 1] = ((packetLength >>> 16) & 255) as u8;
    b[at + 2] = ((packetLength >>> 8) & 255) as u8;
    b[at + 3] = (packetLength & 255) as u8;
    b[at + 4] = padding as u8;
    const behind = at + LENGTH_BYTES + packetLength;
    b.fill(0, behind - padding, behind);
    cipher.seal(b, at, LENGTH_BYTES + packetLength, this.sequence);
    this.end = behind + cipher.tagLength();
    this.sequence = (this.sequence + 1) >>> 0;
    this.packets++;
    this.bytes += (this.end - at) as f64;
  }

  /** Our NEWKEYS is out: `cipher` protects what follows; under strict key exchange the sequence starts anew. */
  changeKeys(cipher: Cipher, restart: bool): void {
    this.cipher.wipe();
    this.cipher = cipher;
    this.packets = 0;
    this.bytes = 0;
    if (restart) this.sequence = 0;
  }

  /** Wipes the keys: nothing can be sent any more, but what is queued. */
  wipe(): void {
    this.cipher.wipe();
  }

  /** Makes room for `count` more bytes behind `end`. */
  private reserve(count: i32): void {
    if (this.buffer.length - this.end >= count) return;
    const pending = this.pending();
    if (this.buffer.length - pending >= count && this.start >= pending) {
      this.buffer.copyWithin(0, this.start, this.end);
    } else {
      let length = this.buffer.length * 2;
      while (length - pending < count) length *= 2;
      const larger = new Uint8Array(length);
      larger.set(this.output());
      wipe(this.buffer);
      this.buffer = larger;
    }
    this.start = 0;
    this.end = pending;
  }
}
