/**
 * What the SFTP server needs of the machine: its files, names for its users, its time, its log.
 *
 * Paths are byte strings without NUL, from the root or from the start folder. Results are 0 or more, or a negative errno
 * of Linux. Files are known by numbers that are not negative.
 */
import { Uint64 } from "../../wire/uint64.ts";
import { Attributes } from "./message/attributes.ts";
import { FileSystemStatistics } from "./message/extension.ts";
import { Entry } from "./message/reply.ts";

export abstract class FileSystem {
  /** The number of a file that is opened by the OPEN_ flags, and made with `mode`. */
  abstract open(path: Uint8Array, flags: u32, mode: u32): i32;
  abstract openFolder(path: Uint8Array): i32;
  abstract close(file: i32): i32;
  /** Bytes read into `out`, whose length is not 0; 0 at the end. */
  abstract read(file: i32, offset: Uint64, out: Uint8Array): i32;
  /** Writes all of `bytes`. */
  abstract write(file: i32, offset: Uint64, bytes: Uint8Array): i32;
  /**
   * Adds the next names in a folder with their attributes; none at its end. As many as fit into one answer: see
   * LISTING_LIMIT.
   */
  abstract list(folder: i32, entries: Entry[]): i32;
  /** Fills in what is known of a file; of a symbolic link itself unless `follow`. */
  abstract look(path: Uint8Array, follow: bool, attributes: Attributes): i32;
  abstract lookAt(file: i32, attributes: Attributes): i32;
  /** Changes what `attributes` have; goes on after a failure, and tells of the last one. */
  abstract change(path: Uint8Array, follow: bool, attributes: Attributes): i32;
  abstract changeOpen(file: i32, attributes: Attributes): i32;
  abstract remove(path: Uint8Array): i32;
  abstract makeFolder(path: Uint8Array, mode: u32): i32;
  abstract removeFolder(path: Uint8Array): i32;
  /** What has the new name already is replaced, or keeps it. */
  abstract rename(from: Uint8Array, to: Uint8Array, replace: bool): i32;
  /** Gives a file one more name. */
  abstract link(path: Uint8Array, to: Uint8Array): i32;
  /** Makes a symbolic link `path` that leads to `target`. */
  abstract makeLink(target: Uint8Array, path: Uint8Array): i32;
  /** The length of what was read into `out`: where a symbolic link leads. An errno of EINVAL for anything else. */
  abstract readLink(path: Uint8Array, out: Uint8Array): i32;
  abstract sync(file: i32): i32;
  abstract statistics(path: Uint8Array, out: FileSystemStatistics): i32;
  abstract statisticsOf(file: i32, out: FileSystemStatistics): i32;
  /** Copies between two open files; all up to the end if `length` is 0. */
  abstract copy(from: i32, fromOffset: Uint64, length: Uint64, to: i32, toOffset: Uint64): i32;

  /** Where paths start that don't start at the root: from the root, without a slash at its end. */
  abstract startFolder(): Uint8Array;
  /** Someone's home folder; of the user that is logged in for an empty name; empty if there is none. */
  abstract homeOf(user: Uint8Array): Uint8Array;
  /** Names by numbers; empty if there is none. At most NAME_LIMIT bytes. */
  abstract userName(id: u32): Uint8Array;
  abstract groupName(id: u32): Uint8Array;
  /** Seconds since 1970. */
  abstract time(): f64;
  /** An errno, positive, in words. */
  abstract errorText(errno: i32): string;

  /** True if the log takes what the server is asked to do. */
  abstract logs(): bool;
  abstract log(message: string): void;
}

/** The longest name of a user or group that is shown. */
export const NAME_LIMIT: i32 = 256;
