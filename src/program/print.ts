/** What programs say outside of the log. */
import { ascii } from "../core/bytes/text.ts";
import { STDERR, STDOUT, writeAll } from "../linux/descriptor.ts";
import { log } from "./log.ts";
import { SUCCESS } from "./program.ts";

/** Writes to standard output; returns the exit status: a full disk is a failure, and said. */
export function print(text: string): i32 {
  const result = writeAll(STDOUT, ascii(text));
  return result < 0 ? log.fatal("unable to write output", result) : SUCCESS;
}

/** Writes to standard error. */
export function printError(text: string): void {
  writeAll(STDERR, ascii(text));
}
