/**
 * Finds a user's authorised keys and decides whether to believe them, by TinySSH's rules: the file and every folder above
 * it, but for the root, must be owned by the user or by root, and writable for nobody else. The file is
 * ~/.ssh/authorized_keys, or one that the server was told of. Above the latter a folder like /tmp may lie: it is root's,
 * and sticky, so that nobody can put another file in the place of the user's.
 *
 * What is checked is what was opened: the way goes down folder by folder, each held by its descriptor, so that renaming
 * things meanwhile changes nothing. Symbolic links are followed. They too must be the user's or root's, and every folder
 * that holds one, or that one leads through, is checked as well.
 */
import { EMPTY, concat } from "../../core/bytes/bytes.ts";
import { ascii, printable } from "../../core/bytes/text.ts";
import { AuthorizedKeys } from "../../core/ssh/auth/authorized-keys.ts";
import { Grant } from "../../core/ssh/auth/grant.ts";
import { LoginAttempt } from "../../core/ssh/auth/login-attempt.ts";
import { Account } from "../../linux/accounts.ts";
import { close } from "../../linux/descriptor.ts";
import { ELOOP, ENOTDIR } from "../../linux/errno.ts";
import { readAll, roomFor } from "../../linux/file.ts";
import { FileStatus } from "../../linux/file-status.ts";
import { linkTarget, openEntry, openFolder, openItself, openRoot } from "../../linux/folder.ts";
import { log } from "../log.ts";

/** Writable for the group or for others. */
const WRITABLE: u32 = 0o022;
const STICKY: u32 = 0o1000;
/** Symbolic links in a row: as many as the kernel follows. */
const LINKS_LIMIT: i32 = 40;
/** Bytes of the file; more than 10,000 keys fit. */
export const AUTHORIZED_KEYS_BYTES: i32 = 1 << 20;

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

/** `path` without slashes at its front. */
function withoutSlashes(path: Uint8Array): Uint8Array {
  let at = 0;
  while (at < path.length && path[at] == SLASH) at++;
  return path.subarray(at);
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
    const contents = readAll(file, roomFor(file, AUTHORIZED_KEYS_BYTES));
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

  /** The opened file, or negative. Goes down from the root and checks all that lies on the way, symbolic links too. */
  private open(): i32 {
    if (this.path[0] != SLASH) return this.fail("not a path from the root on");
    let folder = openRoot();
    let rest = withoutSlashes(this.path);
    for (let links = 0; links <= LINKS_LIMIT;) {
      const slash = rest.indexOf(SLASH);
      const name = slash < 0 ? rest : rest.subarray(0, slash);
      const behind = slash < 0 ? EMPTY : withoutSlashes(rest.subarray(slash));
      const what = slash < 0 ? this.name : this.folderName(behind);
      const entry = slash < 0 ? openEntry(folder, name) : openFolder(folder, name);
      if (entry >= 0) {
        if (!this.isTrustedEntry(entry, slash < 0, what)) return -1;
        if (slash < 0) return entry;
        close(folder);
        folder = entry;
        rest = behind;
        continue;
      }
      const target = this.follow(folder, name, what, entry);
      if (target == null) return -1;
      if (target[0] == SLASH) {
        close(folder);
        folder = openRoot();
      }
      rest = withoutSlashes(slash < 0 ? target : concat(target, rest.subarray(slash)));
      links++;
    }
    return this.fail("too many symbolic links on the way to " + this.name, -ELOOP);
  }

  /** What the log calls the folder in which `behind` is still to be looked up. */
  private folderName(behind: Uint8Array): string {
    return (behind.includes(SLASH) ? "a folder above " : "the folder of ") + this.name;
  }

  private isTrustedEntry(entry: i32, isFile: bool, what: string): bool {
    const status = new FileStatus();
    const error = status.ofDescriptor(entry);
    if (error < 0) return this.refuse("unable to look at " + what, error);
    if (isFile && !status.isRegular()) return this.refuse(what + " is not a regular file");
    return this.isTrusted(status, what);
  }

  /** Where the symbolic link `name` leads; null, and logged, if it can't be trusted, or is none: `error` says what then. */
  private follow(folder: i32, name: Uint8Array, what: string, error: i32): Uint8Array | null {
    const link = error == -ELOOP || error == -ENOTDIR ? openItself(folder, name) : error;
    const target = linkTarget(link);
    const status = new FileStatus();
    const known = status.ofDescriptor(link) >= 0;
    close(link);
    if (target == null || !known) {
      this.refuse("unable to open " + what, error);
      return null;
    }
    return this.hasTrustedOwner(status, "a symbolic link on the way to " + this.name) ? target : null;
  }

  private isTrusted(status: FileStatus, name: string): bool {
    const shared = this.chosen && status.isFolder() && status.owner() == 0 && (status.mode() & STICKY) != 0;
    if ((status.mode() & WRITABLE) != 0 && !shared) {
      return this.refuse(name + " is writable for its group or for others");
    }
    return this.hasTrustedOwner(status, name);
  }

  private hasTrustedOwner(status: FileStatus, name: string): bool {
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
