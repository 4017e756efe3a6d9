/**
 * Files and folders, whole: read, written anew, removed. Paths are byte strings without NUL. Results are 0 or more,
 * or the negative errno.
 */
import { call, whole } from "./sys.ts";
import { terminated } from "./layout.ts";
import {
  close,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOCTTY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDONLY,
  O_WRONLY,
  read,
  writeAll,
} from "./descriptor.ts";
import { EEXIST, EFBIG, EINVAL, ENOSYS } from "./errno.ts";
import { FileStatus } from "./file-status.ts";
import { beside, parentOf } from "./path.ts";
import { EMPTY, wipe } from "../core/bytes/bytes.ts";

const AT_FDCWD: i32 = -100;
const AT_REMOVEDIR: i32 = 0x200;
const RENAME_NOREPLACE: i32 = 1;

/** A descriptor, closed by execve. `flags`: the O_ constants of descriptor.ts. */
export function open(path: Uint8Array, flags: i32, mode: i32 = 0): i32 {
  return call(257, 56, AT_FDCWD, whole(terminated(path)), flags | O_CLOEXEC | O_NOCTTY, mode); // openat
}

/** Makes a folder that must not exist yet (EEXIST), with `mode` whatever the umask. */
export function makeFolder(path: Uint8Array, mode: i32): i32 {
  const name = terminated(path);
  const made = call(258, 34, AT_FDCWD, whole(name), mode); // mkdirat
  return made < 0 ? made : call(268, 53, AT_FDCWD, whole(name), mode); // fchmodat
}

/** Makes a symbolic link that must not exist yet (EEXIST). */
export function makeLink(target: Uint8Array, path: Uint8Array): i32 {
  return call(266, 36, whole(terminated(target)), AT_FDCWD, whole(terminated(path))); // symlinkat
}

/** Makes a folder with all above it that is missing; what is there stays as it is. */
export function makeFolders(path: Uint8Array, mode: i32): i32 {
  if (new FileStatus().ofPath(path, true) >= 0) return 0;
  const parent = parentOf(path);
  const result = parent.length < path.length ? makeFolders(parent, mode) : 0;
  if (result < 0) return result;
  const made = makeFolder(path, mode);
  return made == -EEXIST ? 0 : made;
}

/** Removes a file, or an empty folder. */
export function remove(path: Uint8Array, folder: bool): i32 {
  return call(263, 35, AT_FDCWD, whole(terminated(path)), folder ? AT_REMOVEDIR : 0); // unlinkat
}

function rename(from: Uint8Array, to: Uint8Array): i32 {
  return call(264, 38, AT_FDCWD, whole(terminated(from)), AT_FDCWD, whole(terminated(to))); // renameat
}

/** Renames unless the new name is taken. Some file systems can't (EINVAL), nor can Linux before 3.15 (ENOSYS). */
function renameToNew(from: Uint8Array, to: Uint8Array): i32 {
  const flags = RENAME_NOREPLACE;
  return call(316, 276, AT_FDCWD, whole(terminated(from)), AT_FDCWD, whole(terminated(to)), flags); // renameat2
}

function isMissing(result: i32): bool {
  return result == -EINVAL || result == -ENOSYS;
}

/** Gives a finished folder its name at once, unless that is taken (EEXIST). */
export function publishFolder(unfinished: Uint8Array, path: Uint8Array, mode: i32): i32 {
  const result = renameToNew(unfinished, path);
  if (!isMissing(result)) return result;
  const made = makeFolder(path, mode);
  return made < 0 ? made : rename(unfinished, path); // which replaces an empty folder, and this one is ours
}

/** Gives a finished file its name at once, unless that is taken (EEXIST). */
function publishFile(unfinished: Uint8Array, path: Uint8Array): i32 {
  const result = renameToNew(unfinished, path);
  if (!isMissing(result)) return result;
  const linked = call(265, 37, AT_FDCWD, whole(terminated(unfinished)), AT_FDCWD, whole(terminated(path)), 0); // linkat
  return linked < 0 ? linked : remove(unfinished, false);
}

/** What a read came to. */
export class Contents {
  bytes: Uint8Array;
  /** 0, or the negative errno; then `bytes` are empty. */
  error: i32;

  constructor(bytes: Uint8Array, error: i32) {
    this.bytes = bytes;
    this.error = error;
  }
}

/** All of an open file, pipe or terminal; more than `limit` bytes are EFBIG. No copy of the bytes is left behind. */
export function readAll(descriptor: i32, limit: i32): Contents {
  const buffer = new Uint8Array(limit + 1);
  let length = 0;
  let n = 1;
  while (n > 0 && length < buffer.length) {
    n = read(descriptor, buffer, length, buffer.length - length);
    if (n > 0) length += n;
  }
  if (n >= 0 && length <= limit) return new Contents(buffer.subarray(0, length), 0);
  wipe(buffer);
  return new Contents(EMPTY, n < 0 ? n : -EFBIG);
}

/** What `readAll` needs room for: the size of a regular file, as far as it is within `limit`. */
export function roomFor(descriptor: i32, limit: i32): i32 {
  const status = new FileStatus();
  if (status.ofDescriptor(descriptor) < 0 || !status.isRegular()) return limit;
  const size = status.size();
  return size > 0 && size < (limit as i64) ? (size as i32) : limit;
}

/** All of the file at `path`; more than `limit` bytes are EFBIG. A pipe that nobody writes to is an empty file. */
export function readFile(path: Uint8Array, limit: i32): Contents {
  const descriptor = open(path, O_RDONLY | O_NONBLOCK);
  if (descriptor < 0) return new Contents(EMPTY, descriptor);
  const contents = readAll(descriptor, roomFor(descriptor, limit));
  close(descriptor);
  return contents;
}

/**
 * Writes a file that must not exist yet (EEXIST), on disk when this returns. It has `mode`, whatever the umask, before
 * its first byte is written. On failure nothing is left.
 */
export function writeNewFile(path: Uint8Array, bytes: Uint8Array, mode: i32): i32 {
  const descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  if (descriptor < 0) return descriptor;
  let result = call(91, 52, descriptor, mode); // fchmod
  if (result >= 0) result = writeAll(descriptor, bytes);
  if (result >= 0) result = call(74, 82, descriptor); // fsync
  close(descriptor);
  if (result < 0) remove(path, false);
  return result;
}

/**
 * Writes a file as a whole or not at all: under its name there is never a part of it. What is there already is replaced
 * if `replace`, and kept otherwise (EEXIST).
 */
export function writeFileAtOnce(path: Uint8Array, bytes: Uint8Array, mode: i32, replace: bool): i32 {
  const unfinished = beside(path);
  let result = writeNewFile(unfinished, bytes, mode);
  if (result < 0) return result;
  result = replace ? rename(unfinished, path) : publishFile(unfinished, path);
  if (result < 0) remove(unfinished, false);
  else syncFolder(parentOf(path));
  return result;
}

/** Sees to it that the names in a folder are on disk. */
export function syncFolder(path: Uint8Array): i32 {
  const descriptor = open(path, O_RDONLY | O_DIRECTORY);
  if (descriptor < 0) return descriptor;
  const result = call(74, 82, descriptor); // fsync
  close(descriptor);
  return result;
}
