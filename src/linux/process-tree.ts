/** What /proc tells of other processes (proc(5)). */
import { EMPTY } from "../core/bytes/bytes.ts";
import { ascii, decimalWithin } from "../core/bytes/text.ts";
import { readFile } from "./file.ts";

/** More than /proc/PID/stat ever has. */
const STATUS_LIMIT: i32 = 2048;

const BLANK: u8 = 32;
const OPENING: u8 = 40;
const CLOSING: u8 = 41;

export class ProcessEntry {
  /** What it is called: 15 bytes at most, which it can choose. */
  name: Uint8Array = EMPTY;
  /** 0 if there is none, or if it can't be seen. */
  parent: i32 = 0;

  /** Null if there is no such process any more. */
  static of(pid: i32): ProcessEntry | null {
    const status = readFile(ascii(`/proc/${pid}/stat`), STATUS_LIMIT).bytes;
    // The name may have parentheses and blanks in it; nothing behind it has.
    const start = status.indexOf(OPENING);
    const end = status.lastIndexOf(CLOSING);
    if (start < 0 || end < start || end + 4 >= status.length) return null;
    const entry = new ProcessEntry();
    entry.name = status.subarray(start + 1, end);
    const parent = end + 4; // behind ") S "
    const blank = status.indexOf(BLANK, parent);
    const number = decimalWithin(status, parent, blank < 0 ? status.length : blank);
    entry.parent = number < 0 ? 0 : number;
    return entry;
  }
}
