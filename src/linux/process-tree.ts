/** What /proc tells of other processes (proc(5)). */
import { EMPTY } from "../core/bytes/bytes.ts";
import { ascii, decimalWithin } from "../core/bytes/text.ts";
import { close, O_DIRECTORY, O_RDONLY } from "./descriptor.ts";
import { open, readFile } from "./file.ts";
import { FileStatus } from "./file-status.ts";
import { FolderListing } from "./folder-listing.ts";

/** More than /proc/PID/stat ever has. */
const STATUS_LIMIT: i32 = 2048;

/** Bytes of a process's words, and of its environment, that are read at most. */
const WORDS_LIMIT: i32 = 65536;

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

/** The processes that there are. */
export class Processes {
  /** The current one. */
  id: i32 = 0;
  private folder: i32;
  private listing: FolderListing = new FolderListing();

  constructor() {
    this.folder = open(ascii("/proc"), O_RDONLY | O_DIRECTORY);
  }

  /** Moves on to the next one; false, and nothing is left open, at their end. */
  next(): bool {
    while (this.folder >= 0) {
      while (this.listing.next()) {
        this.id = decimalWithin(this.listing.name, 0, this.listing.name.length);
        if (this.id > 0) return true;
      }
      if (this.listing.read(this.folder) > 0) continue;
      this.close();
    }
    return false;
  }

  close(): void {
    close(this.folder);
    this.folder = -1;
  }
}

/** The words that process `id` was started with; none if it has gone, or can't be seen. */
export function wordsOf(id: i32): Uint8Array[] {
  return split(readFile(ascii(`/proc/${id}/cmdline`), WORDS_LIMIT).bytes);
}

/** The environment that process `id` was started with: `NAME=value` each. */
export function environmentOf(id: i32): Uint8Array[] {
  return split(readFile(ascii(`/proc/${id}/environ`), WORDS_LIMIT).bytes);
}

/** Texts, each with a NUL behind it. */
function split(bytes: Uint8Array): Uint8Array[] {
  const texts = new Array<Uint8Array>();
  let start = 0;
  while (start < bytes.length) {
    const nul = bytes.indexOf(0, start);
    const end = nul < 0 ? bytes.length : nul;
    texts.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return texts;
}

/** True if process `id` has `file` open. */
export function hasOpen(id: i32, file: FileStatus): bool {
  const folder = open(ascii(`/proc/${id}/fd`), O_RDONLY | O_DIRECTORY);
  if (folder < 0) return false;
  const listing = new FolderListing();
  const status = new FileStatus();
  let found = false;
  while (!found && listing.read(folder) > 0) {
    while (!found && listing.next()) {
      if (status.ofEntry(folder, listing.terminatedName, true) < 0) continue;
      found = status.inode() == file.inode() && status.device() == file.device();
    }
  }
  close(folder);
  return found;
}
