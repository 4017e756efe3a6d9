/** The names in an open folder, in pieces of a size that is known (getdents64(2)). */
import { call, whole } from "./sys.ts";
import { u16At } from "./layout.ts";
import { EMPTY } from "../core/bytes/bytes.ts";

/** Bytes of a piece: 14 of the longest names, or 170 of the shortest. */
const PIECE: i32 = 4096;
/** Where the name begins in struct linux_dirent64, and where the entry's length stands. */
const NAME: i32 = 19;
const LENGTH: i32 = 16;

export class FolderListing {
  /** The current name and, behind it, a NUL: views, valid until `read`. */
  name: Uint8Array = EMPTY;
  terminatedName: Uint8Array = EMPTY;
  private piece: Uint8Array = new Uint8Array(PIECE);
  private at: i32 = 0;
  private end: i32 = 0;

  /** Reads the next names of `folder`: 0 if there are no more, or the negative errno. */
  read(folder: i32): i32 {
    this.at = 0;
    const n = call(217, 61, folder, whole(this.piece), PIECE); // getdents64
    this.end = n < 0 ? 0 : n;
    return n;
  }

  /** Moves on to the next name of those that were read; false at their end. */
  next(): bool {
    if (this.at >= this.end) return false;
    const entry = this.piece.subarray(this.at, this.end);
    this.at += u16At(entry, LENGTH);
    const name = entry.subarray(NAME);
    const length = name.indexOf(0);
    this.name = name.subarray(0, length);
    this.terminatedName = name.subarray(0, length + 1);
    return true;
  }
}
