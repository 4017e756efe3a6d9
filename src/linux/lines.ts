/** The lines of a file, read through a buffer of fixed size. */
import { read } from "./descriptor.ts";
import { EMPTY } from "../core/bytes/bytes.ts";

/** The longest line: TinySSH's limit for authorized_keys. */
export const LINE_LIMIT: i32 = 65535;

const NEWLINE: u8 = 10;

export class Lines {
  /** The current line without its newline: a view, valid until `next`. */
  line: Uint8Array = EMPTY;
  /** The file could not be read to its end: an error, or a line of more than LINE_LIMIT bytes. */
  failed: bool = false;
  private descriptor: i32;
  private buffer: Uint8Array = new Uint8Array(LINE_LIMIT + 1);
  private start: i32 = 0;
  private end: i32 = 0;
  private ended: bool = false;

  /** Reads from `descriptor` on; it stays the caller's to close. */
  constructor(descriptor: i32) {
    this.descriptor = descriptor;
  }

  /** Moves on to the next line; false at the end. A last line without a newline counts as well. */
  next(): bool {
    let searched = this.start;
    while (true) {
      for (let i = searched; i < this.end; i++) {
        if (this.buffer[i] != NEWLINE) continue;
        this.line = this.buffer.subarray(this.start, i);
        this.start = i + 1;
        return true;
      }
      searched = this.end - this.start;
      if (this.ended || !this.fill()) break;
    }
    if (this.failed || this.start == this.end) return false;
    this.line = this.buffer.subarray(this.start, this.end);
    this.start = this.end;
    return true;
  }

  /** Moves what is left to the front and reads more behind it. */
  private fill(): bool {
    this.buffer.copyWithin(0, this.start, this.end);
    this.end -= this.start;
    this.start = 0;
    if (this.end == this.buffer.length) {
      this.failed = true;
      return false;
    }
    const n = read(this.descriptor, this.buffer, this.end, this.buffer.length - this.end);
    if (n > 0) this.end += n;
    else this.ended = true;
    if (n < 0) this.failed = true;
    return n > 0;
  }
}
