/** The files and folders that a client has open. */
import { Uint64 } from "../../wire/uint64.ts";
import { putUint32 } from "../../wire/writer.ts";

/** How many may be open: what a process may open by default (RLIMIT_NOFILE, 1024), less some for ourselves. */
export const HANDLES_LIMIT: i32 = 1000;

/** Bytes by which a client knows a handle: its place, and its number among all that there ever were. */
const HANDLE_BYTES: i32 = 8;

export class Handle {
  /** The file system's number. */
  file: i32;
  isFolder: bool;
  /** As it was opened, for the log. */
  path: Uint8Array;
  /** By what the client knows it. */
  name: Uint8Array = new Uint8Array(HANDLE_BYTES);
  /** Bytes. */
  read: Uint64 = new Uint64();
  written: Uint64 = new Uint64();

  constructor(file: i32, isFolder: bool, path: Uint8Array) {
    this.file = file;
    this.isFolder = isFolder;
    this.path = path;
  }
}

export class Handles {
  private places: Array<Handle | null> = new Array<Handle | null>();
  private open: i32 = 0;
  private ever: u32 = 0;

  /** True if no more may be opened. */
  full(): bool {
    return this.open == HANDLES_LIMIT;
  }

  /** Takes in a handle, and names it. There must be room. */
  add(handle: Handle): void {
    let place = this.places.indexOf(null);
    if (place < 0) {
      place = this.places.length;
      this.places.push(null);
    }
    this.places[place] = handle;
    this.open++;
    this.ever = (this.ever + 1) >>> 0;
    putUint32(handle.name, 0, place as u32);
    putUint32(handle.name, 4, this.ever);
  }

  /** The handle that a client calls `name`; null if it isn't open. */
  find(name: Uint8Array): Handle | null {
    if (name.length != HANDLE_BYTES || name[0] != 0 || name[1] != 0) return null;
    const place = ((name[2] as i32) << 8) | (name[3] as i32);
    const handle = place < this.places.length ? this.places[place] : null;
    if (handle == null) return null;
    for (let i = 4; i < HANDLE_BYTES; i++) {
      if (handle.name[i] != name[i]) return null;
    }
    return handle;
  }

  remove(handle: Handle): void {
    this.places[this.places.indexOf(handle)] = null;
    this.open--;
  }

  /** One that is open, or null. */
  any(): Handle | null {
    for (let i = 0; i < this.places.length; i++) {
      if (this.places[i] != null) return this.places[i];
    }
    return null;
  }
}
