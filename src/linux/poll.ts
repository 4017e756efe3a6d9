/** Waiting for descriptors: ppoll. One set is made once and filled anew each round, so that waiting allocates nothing. */
import { call, whole } from "./sys.ts";
import { putDuration } from "./clock.ts";
import { putU16, putU32, u16At } from "./layout.ts";

export const POLLIN: i32 = 1;
export const POLLOUT: i32 = 4;
export const POLLERR: i32 = 8;
export const POLLHUP: i32 = 16;

/** sizeof(struct pollfd): descriptor, events, what happened. */
const ENTRY: i32 = 8;

export class PollSet {
  private entries: Uint8Array;
  private count: i32 = 0;
  private timeout: Uint8Array = new Uint8Array(16);

  constructor(capacity: i32) {
    this.entries = new Uint8Array(capacity * ENTRY);
  }

  clear(): void {
    this.count = 0;
  }

  /** Adds a descriptor and returns its index, for `ready`. A hang-up or an error is reported whatever `events` are. */
  add(descriptor: i32, events: i32): i32 {
    const at = this.count * ENTRY;
    if (at == this.entries.length) {
      const larger = new Uint8Array(this.entries.length * 2);
      larger.set(this.entries);
      this.entries = larger;
    }
    putU32(this.entries, at, descriptor as u32);
    putU16(this.entries, at + 4, events);
    putU16(this.entries, at + 6, 0);
    return this.count++;
  }

  /** Waits until one of them is ready, or for `milliseconds`; a negative number waits for ever. The number ready. */
  wait(milliseconds: f64): i32 {
    let timeout: i64 = 0;
    if (milliseconds >= 0) {
      putDuration(this.timeout, milliseconds);
      timeout = whole(this.timeout);
    }
    return call(271, 73, whole(this.entries), this.count, timeout, 0, 0);
  }

  /** What happened to the descriptor that `add` gave `index`; nothing for a negative index. */
  ready(index: i32): i32 {
    return index < 0 ? 0 : u16At(this.entries, index * ENTRY + 6);
  }
}
