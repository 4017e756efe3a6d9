/** Writes DER (X.690 section 10). What is within a value is written first, by a writer of its own. */
import { Writer } from "../wire/writer.ts";
import { BOOLEAN, INTEGER } from "./der-reader.ts";

const TRUE: u8 = 0xff;

export class DerWriter {
  private writer: Writer = new Writer(256);

  element(tag: i32, contents: Uint8Array): void {
    this.writer.byte(tag as u8);
    this.length(contents.length);
    this.writer.raw(contents);
  }

  /** A value that is made of what `inner` has written. */
  constructed(tag: i32, inner: DerWriter): void {
    this.element(tag, inner.written());
  }

  /** An INTEGER that is not negative. */
  uint32(value: u32): void {
    let bytes = 1;
    while (bytes < 5 && value >>> (8 * bytes - 1) != 0) bytes++;
    this.writer.byte(INTEGER as u8);
    this.length(bytes);
    for (let i = bytes - 1; i >= 0; i--) this.writer.byte(i == 4 ? 0 : (((value >>> (8 * i)) & 255) as u8));
  }

  boolean(value: bool): void {
    this.writer.byte(BOOLEAN as u8);
    this.length(1);
    this.writer.byte(value ? TRUE : 0);
  }

  /** A view of what was written: valid until the next write. */
  written(): Uint8Array {
    return this.writer.written();
  }

  private length(length: i32): void {
    if (length < 128) {
      this.writer.byte(length as u8);
      return;
    }
    const bytes = length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
    this.writer.byte((128 | bytes) as u8);
    for (let i = bytes - 1; i >= 0; i--) this.writer.byte(((length >> (8 * i)) & 255) as u8);
  }
}
