/** Sockets that a service manager has opened for this process: descriptors from 3 on, sd_listen_fds(3). */
import { variable } from "../linux/arguments.ts";
import { closeOnExec } from "../linux/descriptor.ts";
import { processId } from "../linux/process.ts";

const FIRST: i32 = 3;
const LIMIT: i32 = 64;

/** Their descriptors; none if there are none, or if they are for another process. */
export function inheritedSockets(): i32[] {
  const sockets = new Array<i32>();
  if (number("LISTEN_PID") != processId()) return sockets;
  const count = number("LISTEN_FDS");
  for (let i = 0; i < count && i < LIMIT; i++) {
    closeOnExec(FIRST + i);
    sockets.push(FIRST + i);
  }
  return sockets;
}

/** The value of an environment variable that is a decimal number, or -1. */
function number(name: string): i32 {
  const text = variable(name);
  if (text == null || text.length == 0 || text.length > 9) return -1;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] < 48 || text[i] > 57) return -1;
    value = value * 10 + (text[i] as i32) - 48;
  }
  return value;
}
