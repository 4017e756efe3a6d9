/**
 * The files that paths from a stranger may reach: all that the process may, or those in one folder, out of which neither
 * `..` nor a symbolic link leads, be it changed meanwhile. There the kernel looks paths up as if the folder were the root
 * (openat2(2), RESOLVE_IN_ROOT), with no rights needed for it.
 *
 * Paths are byte strings without NUL. Results are 0 or more, or the negative errno.
 */
import { call, whole } from "./sys.ts";
import { close, O_CLOEXEC, O_DIRECTORY, O_NOCTTY, O_NONBLOCK, O_PATH, O_RDONLY } from "./descriptor.ts";
import { EAGAIN, EEXIST, EINVAL, ENOENT, ENOSYS } from "./errno.ts";
import { FileStatus } from "./file-status.ts";
import { openFolderAt } from "./folder.ts";
import { putI64, terminated } from "./layout.ts";
import { trimmed } from "./path.ts";
import { concat } from "../core/bytes/bytes.ts";
import { ascii, isText } from "../core/bytes/text.ts";

export const AT_FDCWD: i32 = -100;
export const AT_SYMLINK_NOFOLLOW: i32 = 0x100;
const AT_REMOVEDIR: i32 = 0x200;
const RENAME_NOREPLACE: i32 = 1;

const RESOLVE_NO_MAGICLINKS: i64 = 0x02;
const RESOLVE_IN_ROOT: i64 = 0x10;
/** sizeof(struct open_how) */
const HOW_BYTES: i32 = 24;
/** The kernel gives up, and wants to be asked again, if folders are moved while it follows a `..`. */
const ATTEMPTS: i32 = 100;
/** getcwd(2) gives no more: PATH_MAX. */
const PATH_BYTES: i32 = 4096;

const SLASH: u8 = 47;

/** What system calls take for a path: a folder and a name from there on. */
export class Place {
  folder: i32 = AT_FDCWD;
  /** Ends in a NUL. */
  name: Uint8Array;
  /** 0, or why there is no such place, the negative errno. */
  error: i32 = 0;
  private held: i32 = -1;

  constructor(folder: i32, name: Uint8Array) {
    this.folder = folder;
    this.name = terminated(name);
  }

  /** A descriptor that the place goes by, to be closed by `leave`; the errno if it could not be opened. */
  hold(descriptor: i32): Place {
    if (descriptor < 0) this.error = descriptor;
    else this.held = descriptor;
    return this;
  }

  /** Passes a system call's result through, and lets go of the place. */
  leave(result: i32): i32 {
    close(this.held);
    this.held = -1;
    return result;
  }
}

export class Tree {
  /** The folder that is the root, or -1 for the system's. */
  private root: i32 = -1;
  /** Where paths start that don't start at the root; used in a folder of its own only. */
  private start: Uint8Array = ascii("/");

  /** Confines paths to `folder`. 0, or the negative errno: ENOSYS where the kernel (before 5.6), or /proc, is not up to it. */
  confine(folder: Uint8Array): i32 {
    const root = openFolderAt(folder);
    if (root < 0) return root;
    this.root = root;
    const probe = this.openWithin(ascii("/"), O_PATH | O_DIRECTORY, 0);
    if (probe < 0) return -ENOSYS;
    const seen = new FileStatus();
    const own = new FileStatus();
    const same = seen.ofPath(link(probe), true) == 0 && own.ofDescriptor(root) == 0 && seen.inode() == own.inode();
    close(probe);
    return same ? 0 : -ENOSYS;
  }

  confined(): bool {
    return this.root >= 0;
  }

  /** Has paths that don't start at the root start in `folder`. */
  startIn(folder: Uint8Array): i32 {
    if (!this.confined()) return call(80, 49, whole(terminated(folder))); // chdir
    const found = this.openWithin(this.absolute(folder), O_PATH | O_DIRECTORY, 0);
    close(found);
    if (found >= 0) this.start = this.absolute(folder);
    return found < 0 ? found : 0;
  }

  /** Where they start. */
  startFolder(): Uint8Array {
    if (this.confined()) return trimmed(this.start);
    const path = new Uint8Array(PATH_BYTES);
    const length = call(79, 17, whole(path), PATH_BYTES); // getcwd, which counts the NUL
    return length < 2 ? ascii("/") : path.subarray(0, length - 1);
  }

  /** A descriptor, closed by execve. A FIFO or a device does not make us wait. */
  open(path: Uint8Array, flags: i32, mode: i32): i32 {
    const all = flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    if (this.confined()) return this.openWithin(this.absolute(path), all, mode);
    return call(257, 56, AT_FDCWD, whole(terminated(path)), all, mode); // openat
  }

  openFolder(path: Uint8Array): i32 {
    return this.open(path, O_RDONLY | O_DIRECTORY, 0);
  }

  /** What `path` names, a symbolic link itself: to be used with calls that don't follow one. */
  entry(path: Uint8Array): Place {
    if (!this.confined()) return new Place(AT_FDCWD, path);
    const absolute = trimmed(this.absolute(path));
    const slash = absolute.lastIndexOf(SLASH);
    const last = absolute.subarray(slash + 1);
    const isFolder = last.length == 0 || isText(last, ".") || isText(last, "..");
    const folder = this.openWithin(isFolder ? absolute : absolute.subarray(0, slash + 1), O_PATH | O_DIRECTORY, 0);
    return new Place(folder, isFolder ? ascii(".") : last).hold(folder);
  }

  /** What `path` leads to: to be used with calls that follow symbolic links. */
  target(path: Uint8Array): Place {
    if (!this.confined()) return new Place(AT_FDCWD, path);
    const file = this.openWithin(this.absolute(path), O_PATH, 0);
    return new Place(AT_FDCWD, link(file)).hold(file);
  }

  look(path: Uint8Array, follow: bool, status: FileStatus): i32 {
    const place = follow ? this.target(path) : this.entry(path);
    if (place.error < 0) return place.error;
    return place.leave(status.ofEntry(place.folder, place.name, follow));
  }

  /** Removes a file, or an empty folder. */
  remove(path: Uint8Array, folder: bool): i32 {
    const place = this.entry(path);
    if (place.error < 0) return place.error;
    return place.leave(call(263, 35, place.folder, whole(place.name), folder ? AT_REMOVEDIR : 0)); // unlinkat
  }

  /** Makes a folder with `mode`, less the umask. */
  makeFolder(path: Uint8Array, mode: i32): i32 {
    const place = this.entry(path);
    if (place.error < 0) return place.error;
    return place.leave(call(258, 34, place.folder, whole(place.name), mode)); // mkdirat
  }

  /** What has the new name already is replaced, or keeps it (EEXIST). */
  rename(from: Uint8Array, to: Uint8Array, replace: bool): i32 {
    const old = this.entry(from);
    const next = this.entry(to);
    const error = old.error < 0 ? old.error : next.error;
    const result = error < 0 ? error : renamePlace(old, next, replace);
    old.leave(0);
    return next.leave(result);
  }

  /** Gives a file one more name. */
  link(path: Uint8Array, to: Uint8Array): i32 {
    const old = this.entry(path);
    const next = this.entry(to);
    let result = old.error < 0 ? old.error : next.error;
    if (result == 0) result = call(265, 37, old.folder, whole(old.name), next.folder, whole(next.name), 0); // linkat
    old.leave(0);
    return next.leave(result);
  }

  /** Makes a symbolic link. */
  makeLink(target: Uint8Array, path: Uint8Array): i32 {
    const place = this.entry(path);
    if (place.error < 0) return place.error;
    return place.leave(call(266, 36, whole(terminated(target)), place.folder, whole(place.name))); // symlinkat
  }

  /** The length of what was read into `out`. */
  readLink(path: Uint8Array, out: Uint8Array): i32 {
    const place = this.entry(path);
    if (place.error < 0) return place.error;
    return place.leave(call(267, 78, place.folder, whole(place.name), whole(out), out.length)); // readlinkat
  }

  private absolute(path: Uint8Array): Uint8Array {
    if (path.length > 0 && path[0] == SLASH) return path;
    return path.length == 0 ? path : concat(concat(this.start, ascii("/")), path);
  }

  private openWithin(path: Uint8Array, flags: i32, mode: i32): i32 {
    const how = new Uint8Array(HOW_BYTES);
    const name = terminated(path);
    putI64(how, 0, (flags | O_CLOEXEC) as i64);
    putI64(how, 8, mode as i64);
    putI64(how, 16, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
    let result = -EAGAIN;
    for (let i = 0; i < ATTEMPTS && result == -EAGAIN; i++) {
      result = call(437, 437, this.root, whole(name), whole(how), HOW_BYTES); // openat2
    }
    return result;
  }
}

/** A path to what a descriptor stands for. */
function link(descriptor: i32): Uint8Array {
  return ascii(`/proc/self/fd/${descriptor}`);
}

function renamePlace(from: Place, to: Place, replace: bool): i32 {
  const flags = replace ? 0 : RENAME_NOREPLACE;
  const result = call(316, 276, from.folder, whole(from.name), to.folder, whole(to.name), flags); // renameat2
  if (result != -EINVAL && result != -ENOSYS) return result;
  // Some file systems can't, nor can Linux before 3.15: then another process may get in between.
  if (!replace) {
    const taken = new FileStatus().ofEntry(to.folder, to.name, false);
    if (taken != -ENOENT) return taken == 0 ? -EEXIST : taken;
  }
  return call(264, 38, from.folder, whole(from.name), to.folder, whole(to.name)); // renameat
}
