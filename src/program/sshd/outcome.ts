/** How a connection's first process, its monitor, tells the listener what became of the login: by one byte in a pipe. */
import { close, read, write } from "../../linux/descriptor.ts";

/** It has ended without a word. */
export const UNKNOWN: i32 = 0;
export const LOGGED_IN: i32 = 1;
/** Nobody tried to log in. */
export const NOT_TRIED: i32 = 2;
/** At least one attempt was refused. */
export const REFUSED: i32 = 3;
/** Nobody had logged in when time was up. */
export const TIMED_OUT: i32 = 4;
/** A signal has ended one of the connection's processes, or the network process has broken the rules. */
export const CRASHED: i32 = 5;

const message: Uint8Array = new Uint8Array(1);

/** Tells, and closes the pipe. `pipe`: -1 if there is nobody to be told. */
export function tellOutcome(pipe: i32, outcome: i32): void {
  if (pipe < 0) return;
  message[0] = outcome as u8;
  write(pipe, message, 0, 1);
  close(pipe);
}

/** Hears what was told, and closes the pipe. */
export function hearOutcome(pipe: i32): i32 {
  const count = read(pipe, message, 0, 1);
  close(pipe);
  return count == 1 ? (message[0] as i32) : UNKNOWN;
}
