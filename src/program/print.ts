/** What programs say outside of the log. */
import { ascii } from "../core/bytes/text.ts";
import { STDERR, STDOUT, writeAll } from "../linux/descriptor.ts";
import { FAILURE, SUCCESS } from "./program.ts";

/** Writes to standard output; returns the exit status: a reader that has gone, or a full disk, is a failure. */
export function print(text: string): i32 {
  return writeAll(STDOUT, ascii(text)) < 0 ? FAILURE : SUCCESS;
}

/** Writes to standard error. */
export function printError(text: string): void {
  writeAll(STDERR, ascii(text));
}
