/**
 * What every program is to the host (src/native/host.c): something that is stepped until it has an exit status.
 *
 * An entry file exports `start`, which calls `run`, and this file's `step`. The garbage collector may only run while
 * no frame holds a reference, so `step` is the one place that calls it; whatever a program keeps between two steps
 * hangs on its own object.
 */

import { exit } from "../linux/process.ts";

/** The exit statuses of TinySSH and of djb's programs. */
export const SUCCESS: i32 = 0;
export const USAGE: i32 = 100;
export const FAILURE: i32 = 111;

/** A step's answer: not at an end yet. */
export const CONTINUE: i32 = -1;

export abstract class Program {
  /** One round of work; may wait for events. Returns the process's exit status, or CONTINUE to be called again. */
  abstract step(): i32;
}

/** Steps between two collections: many enough that collecting costs nothing, few enough that garbage stays small. */
let stepsPerCollection: i32 = 64;
/** Memory of more 64 KiB pages is collected at each step: it is a quarter of all that there is (src/native/memory.h). */
const AMPLE_PAGES: i32 = 256;

let running: Program | null = null;
let stepsLeft: i32 = stepsPerCollection;
let pages: i32 = memory.size();

/** For a program whose steps are few, and leave much behind. */
export function collectEvery(steps: i32): void {
  stepsPerCollection = steps;
  stepsLeft = steps;
}

/** Makes `program` the one that the process is. */
export function run(program: Program): void {
  running = program;
}

/**
 * Makes `program` all that this process has still to do. Does not return, so that the frames below never run again, and
 * nothing is missed that only they refer to.
 */
export function become(program: Program): void {
  run(program);
  let status = CONTINUE;
  while (status < 0) status = step();
  exit(status);
}

/** Called by the host until the answer is an exit status. */
export function step(): i32 {
  stepsLeft--;
  // The allocator doubles its memory when it is full: garbage is to be reused before that happens a second time.
  if (stepsLeft == 0 || pages > AMPLE_PAGES || memory.size() != pages) {
    __collect();
    stepsLeft = stepsPerCollection;
    pages = memory.size();
  }
  return running!.step();
}
