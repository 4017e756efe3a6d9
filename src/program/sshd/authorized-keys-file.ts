/**
 * Finds a user's authorised keys and decides whether to believe them, by TinySSH's rules: the file and every folder above
 * it, but for the root, must be owned by the user or by root, and writable for nobody else. The file is
 * ~/.ssh/authorized_keys, or one that the server was told of. Above the latter a folder like /tmp may lie: it is root's,
 * and sticky, so that nobody can put another file in the place of the user's.
 *
 * What is checked is what was opened. Folders are held by descriptor and the way up goes by `..`, so
 * renaming things meanwhile changes nothing. Symbolic links are followed, and every folder that one leads through is
 * checked as well.
 */
import { EMPTY, concat } from "../../core/bytes/bytes.ts";
import { ascii, printable } from "../../core/bytes/text.ts";
import { AuthorizedKeys } from "../../core/ssh/auth/authorized-keys.ts";
import { Grant } from "../../core/ssh/auth/grant.ts";
import { LoginAttempt } from "../../core/ssh/auth/login-attempt.ts";
import { Account } from "../../linux/accounts.ts";
import { close } from "../../linux/descriptor.ts";
import { ELOOP } from "../../linux/errno.ts";
import { readAll } from "../../linux/file.ts";
import { FileStatus } from "../../linux/file-status.ts";
import { linkTarget, openEntry, openFolder, openFolderAt, openParent } from "../../linux/folder.ts";
import { log } from "../log.ts";

/** Writable for the group or for others. */
const WRITABLE: u32 = 0o022;
const STICKY: u32 = 0o1000;
/** Folders above one another: half of what the longest path has room for. */
const DEPTH_LIMIT: i32 = 2048;
/** Symbolic links in a row: as many as the kernel follows. */
const LINKS_LIMIT: i32 = 40;
/** Bytes of the file; more than 10,000 keys fit. */
const FILE_LIMIT: i32 = 1 << 20;

const SLASH: u8 = 47;
const PERCENT: u8 = 37;
const U: u8 = 117;
const H: u8 = 104;

/** True if `pattern` names a file for each user: it has `%u`, the user's name, or `%h`, the home. */
export function isPerUser(pattern: Uint8Array): bool {
  for (let i = 0; i + 1 < pattern.length; i++) {
    if (pattern[i] == PERCENT && (pattern[i + 1] == U || pattern[i + 1] == H)) return true;
  }
  return false;
}

/** The account's file by `pattern`. */
function expand(pattern: Uint8Array, account: Account): Uint8Array {
  let path = EMPTY;
  let from = 0;
  for (let i = 0; i + 1 < pattern.length; i++) {
    if (pattern[i] != PERCENT || (pattern[i + 1] != U && pattern[i + 1] != H)) continue;
    path = concat(concat(path, pattern.subarray(from, i)), pattern[i + 1] == U ? account.name : account.home);
    i++;
    from = i + 1;
  }
  return concat(path, pattern.subarray(from));
}

/** The keys by which one account may be logged in to. To be asked with the account's rights. */
export class AuthorizedKeysFile {
  private account: Account;
  private path: Uint8Array;
  /** The path was chosen by whoever runs the server. */
  private chosen: bool;
  /** What the log calls it. */
  private name: string;

  /** `pattern`: the path of the file, in which `%u` and `%h` stand for the account's name and home; empty: the usual one. */
  constructor(account: Account, pattern: Uint8Array) {
    const chosen = pattern.length > 0;
    const path = chosen ? expand(pattern, account) : concat(account.home, ascii("/.ssh/authorized_keys"));
    this.account = account;
    this.chosen = chosen;
    this.path = path;
    this.name = printable(path.subarray(path.lastIndexOf(SLASH) + 1));
  }

  /** What the file grants to the attempt, if it can be believed; the log says why not, unless it just isn't listed. */
  grant(attempt: LoginAttempt): Grant | null {
    const file = this.open();
    if (file < 0) return null;
    const contents = readAll(file, FILE_LIMIT);
    if (contents.error < 0) {
      this.refuse("unable to read " + this.name, contents.error);
      return null;
    }
    const keys = new AuthorizedKeys(contents.bytes);
    const grant = keys.grant(attempt);
    for (let i = 0; i < keys.refusals.length; i++) log.warning("auth: " + this.name + ": " + keys.refusals[i]);
    if (keys.failed) log.warning("auth: " + this.name + " has a line that is too long: ignored from there on");
    return grant;
  }

  /** The opened file, or negative. */
  private open(): i32 {
    if (this.path[0] != SLASH) return this.fail("not a path from the root on");
    const slash = this.path.lastIndexOf(SLASH);
    let within = openFolderAt(this.path.subarray(0, slash + 1));
    let entry = this.path.subarray(slash + 1);
    for (let links = 0; links < LINKS_LIMIT; links++) {
      if (within < 0) return this.fail("unable to open the folder of " + this.name, within);
      if (!this.isTrustedFolder(within)) return -1;
      const file = openEntry(within, entry);
      if (file >= 0) return this.isTrustedFile(file) ? file : -1;
      const target = file == -ELOOP ? linkTarget(within, entry) : null;
      if (target == null) return this.fail("unable to open " + this.name, file);
      const end = target.lastIndexOf(SLASH);
      if (end >= 0) within = openFolder(within, target.subarray(0, end + 1));
      entry = target.subarray(end + 1);
    }
    return this.fail("too many symbolic links from " + this.name, -ELOOP);
  }

  private isTrustedFile(file: i32): bool {
    const status = new FileStatus();
    const error = status.ofDescriptor(file);
    if (error < 0) return this.refuse("unable to look at " + this.name, error);
    if (!status.isRegular()) return this.refuse(this.name + " is not a regular file");
    return this.isTrusted(status, this.name);
  }

  /** Checks `folder` and all above it but for the root. */
  private isTrustedFolder(folder: i32): bool {
    const status = new FileStatus();
    const above = new FileStatus();
    let current = folder;
    let name = "the folder of " + this.name;
    for (let depth = 0; depth < DEPTH_LIMIT; depth++) {
      const parent = openParent(current);
      let error = parent < 0 ? parent : status.ofDescriptor(current);
      if (error >= 0) error = above.ofDescriptor(parent);
      if (error < 0) return this.refuse("unable to look at " + name, error);
      if (status.inode() == above.inode() && status.device() == above.device()) {
        close(parent);
        return true; // the root
      }
      if (!this.isTrusted(status, name)) return false;
      if (current != folder) close(current);
      current = parent;
      name = "a folder above " + this.name;
    }
    return this.refuse("too many folders above " + this.name);
  }

  private isTrusted(status: FileStatus, name: string): bool {
    const shared = this.chosen && status.isFolder() && status.owner() == 0 && (status.mode() & STICKY) != 0;
    if ((status.mode() & WRITABLE) != 0 && !shared) {
      return this.refuse(name + " is writable for its group or for others");
    }
    if (status.owner() == this.account.user || status.owner() == 0) return true;
    return this.refuse(name + " is neither the user's nor root's");
  }

  /** Logs why the file isn't believed. */
  private refuse(reason: string, error: i32 = 0): bool {
    log.warning("auth: path: " + printable(this.path) + ": " + reason, error);
    return false;
  }

  /** The same, where a descriptor is awaited. */
  private fail(reason: string, error: i32 = 0): i32 {
    this.refuse(reason, error);
    return -1;
  }
}
