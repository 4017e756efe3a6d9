/** The command line and the environment, as the kernel handed them over: bytes, in whatever encoding. */
import { processString } from "../native/host.ts";
import { startsWithText } from "../core/bytes/text.ts";

function read(environment: bool, index: i32): Uint8Array | null {
  const length = processString(environment, index, 0, 0);
  if (length < 0) return null;
  const bytes = new Uint8Array(length);
  processString(environment, index, bytes.dataStart, length);
  return bytes;
}

/** The words of the command line, the program's own name first; a caller may have left even that out. */
export function commandLine(): Uint8Array[] {
  const words = new Array<Uint8Array>();
  let next = read(false, 0);
  while (next != null) {
    words.push(next);
    next = read(false, words.length);
  }
  return words;
}

/** The whole environment, `NAME=value` each. */
export function environment(): Uint8Array[] {
  const all = new Array<Uint8Array>();
  let next = read(true, 0);
  while (next != null) {
    all.push(next);
    next = read(true, all.length);
  }
  return all;
}

/** The value of environment variable `name`, or null if it isn't set. */
export function variable(name: string): Uint8Array | null {
  const prefix = name + "=";
  let index = 0;
  let entry = read(true, index);
  while (entry != null && !startsWithText(entry, prefix)) {
    index++;
    entry = read(true, index);
  }
  return entry == null ? null : entry.subarray(prefix.length);
}
