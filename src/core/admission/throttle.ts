/** A limit on lines in the log about what strangers can bring about as often as they like. */
export class Throttle {
  /** Lines that were not to be written, since the last that was. */
  missed: i32 = 0;
  private lines: i32;
  private period: f64;
  private written: i32 = 0;
  private end: f64 = 0;

  /** At most `lines` in each period of so many `milliseconds`. */
  constructor(lines: i32, milliseconds: f64) {
    this.lines = lines;
    this.period = milliseconds;
  }

  /** True if a line may be written at `now`; it counts as written then. `missed` is to be set to 0 once it was told. */
  allows(now: f64): bool {
    if (now >= this.end) {
      this.end = now + this.period;
      this.written = 0;
    }
    if (this.written == this.lines) {
      this.missed++;
      return false;
    }
    this.written++;
    return true;
  }
}
