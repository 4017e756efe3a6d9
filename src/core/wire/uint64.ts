/**
 * A uint64 of RFC 4251 section 5, in two halves: a number of JavaScript holds 53 bits, and portable code has no u64.
 */
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

export class Uint64 {
  high: u32;
  low: u32;

  constructor(high: u32 = 0, low: u32 = 0) {
    this.high = high;
    this.low = low;
  }

  static decode(r: Reader): Uint64 {
    const high = r.uint32();
    return new Uint64(high, r.uint32());
  }

  encode(w: Writer): void {
    w.uint32(this.high);
    w.uint32(this.low);
  }

  /** Adds `count`, which is not negative. */
  add(count: i32): void {
    const sum = (this.low + (count as u32)) >>> 0;
    if (sum < this.low) this.high = (this.high + 1) >>> 0;
    this.low = sum;
  }

  /** Exact up to 2^53, near the value beyond. */
  toNumber(): f64 {
    return (this.high as f64) * 4294967296 + (this.low as f64);
  }

  /** In decimal digits. */
  text(): string {
    const parts: u32[] = [this.high >>> 16, this.high & 0xffff, this.low >>> 16, this.low & 0xffff];
    let text = "";
    let more = true;
    while (more) {
      // Divides by ten as on paper, sixteen bits a step: a remainder and the next part fit into 32.
      let rest: u32 = 0;
      more = false;
      for (let i = 0; i < parts.length; i++) {
        const value: u32 = rest * 65536 + parts[i];
        rest = value % 10;
        parts[i] = (value - rest) / 10;
        if (parts[i] != 0) more = true;
      }
      text = `${rest}` + text;
    }
    return text;
  }
}
