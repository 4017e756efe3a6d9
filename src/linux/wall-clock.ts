/** The time of day. For intervals and deadlines it is useless: it may be set back. */
import { call, whole } from "./sys.ts";

const CLOCK_REALTIME: i64 = 0;
const SECONDS_PER_DAY: i64 = 86400;

export class WallClock {
  /** Days since 1970-01-01, UTC. */
  day: i32 = 0;
  /** Seconds since midnight, UTC. */
  seconds: i32 = 0;
  /** Thousandths of the current second. */
  milliseconds: i32 = 0;

  /** Seconds since 1970-01-01, UTC. */
  time(): f64 {
    return (this.day as f64) * (SECONDS_PER_DAY as f64) + (this.seconds as f64);
  }
}

export function wallClock(): WallClock {
  const time = new Uint8Array(16); // struct timespec: seconds and nanoseconds, 64 bits each
  call(228, 113, CLOCK_REALTIME, whole(time)); // clock_gettime
  const seconds = load<i64>(time.dataStart);
  const clock = new WallClock();
  clock.day = (seconds / SECONDS_PER_DAY) as i32;
  clock.seconds = (seconds % SECONDS_PER_DAY) as i32;
  clock.milliseconds = (load<i64>(time.dataStart, 8) / 1000000) as i32;
  return clock;
}
