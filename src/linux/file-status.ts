/** What the kernel tells of a file (struct stat), as far as it is needed here. */
import { call, whole } from "./sys.ts";
import { i64At, terminated, u32At } from "./layout.ts";

const AT_FDCWD: i32 = -100;
const AT_SYMLINK_NOFOLLOW: i32 = 0x100;

const TYPE_MASK: u32 = 0o170000;
const TYPE_REGULAR: u32 = 0o100000;
const TYPE_FOLDER: u32 = 0o040000;
const TYPE_SOCKET: u32 = 0o140000;

/** Bytes of struct stat on x86-64, which has the longer one. */
const STATUS_BYTES: i32 = 144;

export class FileStatus {
  private raw: Uint8Array = new Uint8Array(STATUS_BYTES);

  /** Of an open file. 0, or the negative errno. */
  ofDescriptor(descriptor: i32): i32 {
    return call(5, 80, descriptor, whole(this.raw)); // fstat
  }

  /** Of what `path` names; of a symbolic link itself unless `follow`. 0, or the negative errno. */
  ofPath(path: Uint8Array, follow: bool): i32 {
    return this.ofEntry(AT_FDCWD, terminated(path), follow);
  }

  /** The same of `name`, which ends in a NUL, from `folder` on. */
  ofEntry(folder: i32, name: Uint8Array, follow: bool): i32 {
    const flags = follow ? 0 : AT_SYMLINK_NOFOLLOW;
    return call(262, 79, folder, whole(name), whole(this.raw), flags); // newfstatat
  }

  device(): i64 {
    return i64At(this.raw, 0);
  }

  inode(): i64 {
    return i64At(this.raw, 8);
  }

  /** Type and permissions. */
  mode(): u32 {
    return u32At(this.raw, AARCH64 ? 16 : 24);
  }

  /** How many names it has. */
  links(): u32 {
    return u32At(this.raw, AARCH64 ? 20 : 16);
  }

  owner(): u32 {
    return u32At(this.raw, AARCH64 ? 24 : 28);
  }

  group(): u32 {
    return u32At(this.raw, AARCH64 ? 28 : 32);
  }

  /** Bytes. */
  size(): i64 {
    return i64At(this.raw, 48);
  }

  /** Seconds since 1970. */
  accessed(): i64 {
    return i64At(this.raw, 72);
  }

  modified(): i64 {
    return i64At(this.raw, 88);
  }

  isFolder(): bool {
    return (this.mode() & TYPE_MASK) == TYPE_FOLDER;
  }

  isSocket(): bool {
    return (this.mode() & TYPE_MASK) == TYPE_SOCKET;
  }

  isRegular(): bool {
    return (this.mode() & TYPE_MASK) == TYPE_REGULAR;
  }
}
