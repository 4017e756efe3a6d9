/** Messages that wait, in order, until a key exchange lets them go (RFC 4253 section 7.1). */
import { EMPTY, wipe } from "../../bytes/bytes.ts";

/** Bytes of each message's length before it. */
const HEADER: i32 = 4;

export class HeldBack {
  private buffer: Uint8Array = EMPTY;
  private start: i32 = 0;
  private end: i32 = 0;

  /** Bytes that wait. */
  size(): i32 {
    return this.end - this.start;
  }

  add(payload: Uint8Array): void {
    const needed = this.end + HEADER + payload.length;
    if (needed > this.buffer.length) {
      const larger = new Uint8Array(needed * 2);
      larger.set(this.buffer.subarray(0, this.end));
      wipe(this.buffer);
      this.buffer = larger;
    }
    const b = this.buffer;
    const length = payload.length;
    for (let i = 0; i < HEADER; i++) b[this.end + i] = ((length >>> (24 - 8 * i)) & 255) as u8;
    b.set(payload, this.end + HEADER);
    this.end = needed;
  }

  /** The first message that waits: a view. It waits no longer. */
  take(): Uint8Array {
    let length = 0;
    for (let i = 0; i < HEADER; i++) length = (length << 8) | (this.buffer[this.start + i] as i32);
    const from = this.start + HEADER;
    this.start = from + length;
    const message = this.buffer.subarray(from, this.start);
    if (this.start == this.end) {
      this.start = 0;
      this.end = 0;
      this.buffer = EMPTY;
    }
    return message;
  }
}
