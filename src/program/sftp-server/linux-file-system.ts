/** The files of a Linux system for the SFTP server: those that this process may reach, all of them or those in one folder. */
import { copyOf, EMPTY } from "../../core/bytes/bytes.ts";
import { FileSystem } from "../../core/ssh/sftp/file-system.ts";
import * as attributes from "../../core/ssh/sftp/message/attributes.ts";
import { Attributes } from "../../core/ssh/sftp/message/attributes.ts";
import { FileSystemStatistics } from "../../core/ssh/sftp/message/extension.ts";
import * as file from "../../core/ssh/sftp/message/file.ts";
import { Entry } from "../../core/ssh/sftp/message/reply.ts";
import { DEBUG } from "../../core/ssh/environment.ts";
import { Uint64 } from "../../core/wire/uint64.ts";
import { accountNamed } from "../../linux/accounts.ts";
import { close, O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } from "../../linux/descriptor.ts";
import { errorText } from "../../linux/errno.ts";
import * as changes from "../../linux/file-change.ts";
import { copyContent, readAt, syncFile, writeAt } from "../../linux/file-content.ts";
import { FileStatus } from "../../linux/file-status.ts";
import { FileSystemStatus } from "../../linux/file-system-status.ts";
import { FolderListing } from "../../linux/folder-listing.ts";
import { IdNames } from "../../linux/id-names.ts";
import { Tree } from "../../linux/tree.ts";
import { wallClock } from "../../linux/wall-clock.ts";
import { log } from "../log.ts";

const SECONDS_PER_DAY: f64 = 86400;
/** The permissions in a file's mode. */
const MODE_BITS: u32 = 0o7777;

function wide(value: Uint64): i64 {
  return ((value.high as i64) << 32) | (value.low as i64);
}

function narrow(value: i64): Uint64 {
  return new Uint64((value >> 32) as u32, value as u32);
}

export class LinuxFileSystem extends FileSystem {
  readonly tree: Tree;
  /** Of the user that is logged in. */
  private home: Uint8Array;
  private status: FileStatus = new FileStatus();
  private listing: FolderListing = new FolderListing();
  private users: IdNames = new IdNames("/etc/passwd");
  private groups: IdNames = new IdNames("/etc/group");

  constructor(tree: Tree, home: Uint8Array) {
    super();
    this.tree = tree;
    this.home = home;
  }

  open(path: Uint8Array, flags: u32, mode: u32): i32 {
    const reads = (flags & file.OPEN_READ) != 0;
    const writes = (flags & file.OPEN_WRITE) != 0;
    let how = reads && writes ? O_RDWR : writes ? O_WRONLY : O_RDONLY;
    if ((flags & file.OPEN_APPEND) != 0) how |= O_APPEND;
    if ((flags & file.OPEN_TRUNCATE) != 0) how |= O_TRUNC;
    if ((flags & file.OPEN_EXCLUSIVE) != 0) how |= O_EXCL;
    if ((flags & file.OPEN_CREATE) == 0) return this.tree.open(path, how, 0);
    return this.tree.open(path, how | O_CREAT, mode as i32);
  }

  openFolder(path: Uint8Array): i32 {
    return this.tree.openFolder(path);
  }

  close(file: i32): i32 {
    close(file);
    return 0;
  }

  read(file: i32, offset: Uint64, out: Uint8Array): i32 {
    return readAt(file, wide(offset), out);
  }

  write(file: i32, offset: Uint64, bytes: Uint8Array): i32 {
    return writeAt(file, wide(offset), bytes);
  }

  /** What goes away meanwhile is passed over. */
  list(folder: i32, entries: Entry[]): i32 {
    const listing = this.listing;
    let result = 1;
    while (entries.length == 0 && result > 0) {
      result = listing.read(folder);
      while (listing.next()) {
        if (this.status.ofEntry(folder, listing.terminatedName, false) < 0) continue;
        const entry = new Entry();
        entry.name = copyOf(listing.name, 0, listing.name.length);
        this.describe(entry.attributes);
        entries.push(entry);
      }
    }
    return result;
  }

  look(path: Uint8Array, follow: bool, attributes: Attributes): i32 {
    const result = this.tree.look(path, follow, this.status);
    if (result >= 0) this.describe(attributes);
    return result;
  }

  lookAt(file: i32, attributes: Attributes): i32 {
    const result = this.status.ofDescriptor(file);
    if (result >= 0) this.describe(attributes);
    return result;
  }

  change(path: Uint8Array, follow: bool, wish: Attributes): i32 {
    const place = follow ? this.tree.target(path) : this.tree.entry(path);
    if (place.error < 0) return place.error;
    let result = 0;
    if (wish.has(attributes.ATTR_SIZE)) result = worse(result, changes.truncate(place, wide(wish.size)));
    if (wish.has(attributes.ATTR_PERMISSIONS)) {
      result = worse(result, changes.changeMode(place, follow, wish.permissions & MODE_BITS));
    }
    if (wish.has(attributes.ATTR_ACMODTIME)) {
      result = worse(result, changes.changeTimes(place, follow, wish.accessed, wish.modified));
    }
    if (wish.has(attributes.ATTR_UIDGID)) {
      result = worse(result, changes.changeOwner(place, follow, wish.user, wish.group));
    }
    return place.leave(result);
  }

  changeOpen(file: i32, wish: Attributes): i32 {
    let result = 0;
    if (wish.has(attributes.ATTR_SIZE)) result = worse(result, changes.truncateFile(file, wide(wish.size)));
    if (wish.has(attributes.ATTR_PERMISSIONS)) {
      result = worse(result, changes.changeFileMode(file, wish.permissions & MODE_BITS));
    }
    if (wish.has(attributes.ATTR_ACMODTIME)) {
      result = worse(result, changes.changeFileTimes(file, wish.accessed, wish.modified));
    }
    if (wish.has(attributes.ATTR_UIDGID)) result = worse(result, changes.changeFileOwner(file, wish.user, wish.group));
    return result;
  }

  remove(path: Uint8Array): i32 {
    return this.tree.remove(path, false);
  }

  makeFolder(path: Uint8Array, mode: u32): i32 {
    return this.tree.makeFolder(path, mode as i32);
  }

  removeFolder(path: Uint8Array): i32 {
    return this.tree.remove(path, true);
  }

  rename(from: Uint8Array, to: Uint8Array, replace: bool): i32 {
    return this.tree.rename(from, to, replace);
  }

  link(path: Uint8Array, to: Uint8Array): i32 {
    return this.tree.link(path, to);
  }

  makeLink(target: Uint8Array, path: Uint8Array): i32 {
    return this.tree.makeLink(target, path);
  }

  readLink(path: Uint8Array, out: Uint8Array): i32 {
    return this.tree.readLink(path, out);
  }

  sync(file: i32): i32 {
    return syncFile(file);
  }

  statistics(path: Uint8Array, out: FileSystemStatistics): i32 {
    const place = this.tree.target(path);
    if (place.error < 0) return place.error;
    const status = new FileSystemStatus();
    return place.leave(summarise(status, status.ofPlace(place), out));
  }

  statisticsOf(file: i32, out: FileSystemStatistics): i32 {
    const status = new FileSystemStatus();
    return summarise(status, status.ofDescriptor(file), out);
  }

  copy(from: i32, fromOffset: Uint64, length: Uint64, to: i32, toOffset: Uint64): i32 {
    return copyContent(from, wide(fromOffset), wide(length), to, wide(toOffset));
  }

  startFolder(): Uint8Array {
    return this.tree.startFolder();
  }

  /** Those who are confined to a folder are at home in it, and learn nothing of others. */
  homeOf(user: Uint8Array): Uint8Array {
    if (this.tree.confined()) return user.length == 0 ? this.startFolder() : EMPTY;
    if (user.length == 0) return this.home;
    const account = accountNamed(user);
    return account == null ? EMPTY : account.home;
  }

  userName(id: u32): Uint8Array {
    return this.users.of(id);
  }

  groupName(id: u32): Uint8Array {
    return this.groups.of(id);
  }

  time(): f64 {
    const clock = wallClock();
    return (clock.day as f64) * SECONDS_PER_DAY + (clock.seconds as f64);
  }

  errorText(errno: i32): string {
    return errorText(errno);
  }

  logs(): bool {
    return log.writes(DEBUG);
  }

  log(message: string): void {
    log.debug("sftp: " + message);
  }

  /** Fills in what was just found. */
  private describe(found: Attributes): void {
    const status = this.status;
    found.flags = attributes.ATTR_ALL;
    found.size = narrow(status.size());
    found.user = status.owner();
    found.group = status.group();
    found.permissions = status.mode();
    found.accessed = status.accessed() as u32;
    found.modified = status.modified() as u32;
    found.links = status.links();
  }
}

/** The later of two results, if it is a failure. */
function worse(result: i32, next: i32): i32 {
  return next < 0 ? next : result;
}

function summarise(status: FileSystemStatus, result: i32, out: FileSystemStatistics): i32 {
  if (result < 0) return result;
  out.blockSize = narrow(status.blockSize());
  out.fragmentSize = narrow(status.fragmentSize());
  out.blocks = narrow(status.blocks());
  out.freeBlocks = narrow(status.freeBlocks());
  out.availableBlocks = narrow(status.availableBlocks());
  out.files = narrow(status.files());
  out.freeFiles = narrow(status.freeFiles());
  out.availableFiles = out.freeFiles;
  out.identity = narrow(status.identity());
  out.readOnly = status.isReadOnly();
  out.noSetUserId = status.ignoresSetUserId();
  out.nameLimit = narrow(status.nameLimit());
  return 0;
}
