/** Flow control of a channel, RFC 4254 section 5.2: one window for each direction. */

const LARGEST: u32 = 0xffffffff;

/** How much we may send. */
export class SendWindow {
  /** Bytes that may be sent now. */
  left: u32;

  constructor(initial: u32) {
    this.left = initial;
  }

  /** The peer grants `bytes` more. False if that is more than a window can hold, which the RFC forbids. */
  widen(bytes: u32): bool {
    if (bytes > LARGEST - this.left) return false;
    this.left = (this.left + bytes) >>> 0;
    return true;
  }

  /** `bytes` were sent. */
  take(bytes: u32): void {
    if (bytes > this.left) throw new Error("more was sent than the window allows");
    this.left -= bytes;
  }
}

/**
 * How much the peer may send. What it has sent comes back into the window once it has been used up, and not before: a
 * child that does not read its input stops the client in the end.
 */
export class ReceiveWindow {
  readonly size: i32;
  private left: i32;
  /** Bytes used up, and not granted again yet. */
  private used: i32 = 0;

  constructor(size: i32) {
    this.size = size;
    this.left = size;
  }

  /** The peer has sent `bytes`. False if it was not allowed to. */
  take(bytes: i32): bool {
    if (bytes > this.left) return false;
    this.left -= bytes;
    return true;
  }

  /** `bytes` were used up. The bytes to grant the peer now: 0 until they make up half of the window. */
  use(bytes: i32): u32 {
    this.used += bytes;
    if (this.used < this.size >> 1) return 0;
    const granted = this.used;
    this.used = 0;
    this.left += granted;
    return granted as u32;
  }
}
