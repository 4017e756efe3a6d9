/** A clock for intervals and deadlines; the time of day is in wall-clock.ts. */
import { call, whole } from "./sys.ts";
import { i64At, putI64 } from "./layout.ts";

const CLOCK_MONOTONIC: i32 = 1;
const CLOCK_BOOTTIME: i32 = 7;

const time: Uint8Array = new Uint8Array(16);

/** Milliseconds since some fixed moment; never goes backwards. */
export function now(): f64 {
  return read(CLOCK_MONOTONIC);
}

/** The same on a clock that goes on while the machine sleeps. */
export function nowWithSleep(): f64 {
  return read(CLOCK_BOOTTIME);
}

function read(clock: i32): f64 {
  call(228, 113, clock, whole(time));
  return (i64At(time, 0) as f64) * 1000 + (i64At(time, 8) as f64) / 1000000;
}

/** Lets `milliseconds` pass. */
export function sleep(milliseconds: f64): void {
  const end = now() + milliseconds;
  const wait = new Uint8Array(16);
  for (let left = milliseconds; left > 0; left = end - now()) {
    putDuration(wait, left);
    call(230, 115, CLOCK_MONOTONIC, 0, whole(wait), 0);
  }
}

/** Writes `milliseconds`, which are not negative, as the kernel's struct timespec: 16 bytes. */
export function putDuration(bytes: Uint8Array, milliseconds: f64): void {
  const nanoseconds = (milliseconds * 1000000) as i64;
  putI64(bytes, 0, nanoseconds / 1000000000);
  putI64(bytes, 8, nanoseconds % 1000000000);
}
