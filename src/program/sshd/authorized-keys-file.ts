/**
 * Finds ~/.ssh/authorized_keys and decides whether to believe it, by TinySSH's rules: the file and every folder above
 * it, but for the root, must be owned by the user or by root, and writable for nobody else.
 *
 * What is checked is what was opened. From the home on, folders are held by descriptor and the way up goes by `..`, so
 * renaming things meanwhile changes nothing. Symbolic links are followed, and every folder that one leads through is
 * checked as well.
 */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { ascii, printable } from "../../core/bytes/text.ts";
import { AuthorizedKeysSearch } from "../../core/ssh/key/authorized-keys.ts";
import { Account } from "../../linux/accounts.ts";
import { close, read } from "../../linux/descriptor.ts";
import { ELOOP } from "../../linux/errno.ts";
import { FileStatus } from "../../linux/file-status.ts";
import { linkTarget, openEntry, openFolder, openFolderAt, openParent } from "../../linux/folder.ts";
import { log } from "../log.ts";

const FOLDER: string = ".ssh";
const FILE: string = "authorized_keys";

/** Writable for the group or for others. */
const WRITABLE: u32 = 0o022;
/** Folders above one another: half of what the longest path has room for. */
const DEPTH_LIMIT: i32 = 2048;
/** Symbolic links in a row: as many as the kernel follows. */
const LINKS_LIMIT: i32 = 40;
/** Bytes of the file; more than 10,000 keys fit. */
const FILE_LIMIT: i32 = 1 << 20;
const PIECE: i32 = 16384;

const SLASH: u8 = 47;

/** True if the account's authorized_keys lists the key. To be called with the account's rights. */
export function isAuthorized(account: Account, algorithm: string, publicKey: Uint8Array): bool {
  if (account.home.length == 0 || account.home[0] != SLASH)
    return refuse(account.home, "not a path from the root on", 0);
  const home = openFolderAt(account.home);
  if (home < 0) return refuse(account.home, "unable to open the home folder", home);
  const folder = openFolder(home, ascii(FOLDER));
  if (folder < 0) return refuse(account.home, "unable to open " + FOLDER + " in the home folder", folder);
  const file = openTrusted(folder, ascii(FILE), account);
  return file >= 0 && lists(file, algorithm, publicKey);
}

/** Opens `name` in `folder`, through symbolic links; negative, and logged, if it can't be opened or believed. */
function openTrusted(folder: i32, name: Uint8Array, account: Account): i32 {
  let within = folder;
  let entry = name;
  for (let links = 0; links < LINKS_LIMIT; links++) {
    if (!isTrustedFolder(within, account)) return -1;
    const file = openEntry(within, entry);
    if (file >= 0) return isTrustedFile(file, account) ? file : -1;
    const target = file == -ELOOP ? linkTarget(within, entry) : null;
    if (target == null) {
      refuse(account.home, "unable to open " + FOLDER + "/" + FILE, file);
      return -1;
    }
    const slash = target.lastIndexOf(SLASH);
    if (slash >= 0) {
      within = openFolder(within, target.subarray(0, slash + 1));
      if (within < 0) {
        refuse(account.home, "unable to follow " + FOLDER + "/" + FILE, within);
        return -1;
      }
    }
    entry = target.subarray(slash + 1);
  }
  refuse(account.home, "too many symbolic links from " + FOLDER + "/" + FILE, -ELOOP);
  return -1;
}

function isTrustedFile(file: i32, account: Account): bool {
  const status = new FileStatus();
  const error = status.ofDescriptor(file);
  if (error < 0) return refuse(account.home, "unable to look at " + FOLDER + "/" + FILE, error);
  if (!status.isRegular()) return refuse(account.home, FOLDER + "/" + FILE + " is not a regular file", 0);
  return isTrusted(status, FOLDER + "/" + FILE, account);
}

/** Checks `folder` and all above it but for the root. */
function isTrustedFolder(folder: i32, account: Account): bool {
  const status = new FileStatus();
  const above = new FileStatus();
  let current = folder;
  let name = "the folder of " + FILE;
  for (let depth = 0; depth < DEPTH_LIMIT; depth++) {
    const parent = openParent(current);
    const error = parent < 0 ? parent : status.ofDescriptor(current);
    if (error < 0) return refuse(account.home, "unable to look at " + name, error);
    above.ofDescriptor(parent);
    if (status.inode() == above.inode() && status.device() == above.device()) {
      close(parent);
      return true; // the root
    }
    if (!isTrusted(status, name, account)) return false;
    if (current != folder) close(current);
    current = parent;
    name = "a folder above " + FILE;
  }
  return refuse(account.home, "too many folders above " + FILE, 0);
}

function isTrusted(status: FileStatus, name: string, account: Account): bool {
  if ((status.mode() & WRITABLE) != 0)
    return refuse(account.home, name + " is writable for its group or for others", 0);
  if (status.owner() == account.user || status.owner() == 0) return true;
  return refuse(account.home, name + " is neither the user's nor root's", 0);
}

function lists(file: i32, algorithm: string, publicKey: Uint8Array): bool {
  const search = new AuthorizedKeysSearch(algorithm, publicKey);
  const piece = new Uint8Array(PIECE);
  for (let total = 0; total < FILE_LIMIT && !search.found; total += PIECE) {
    const n = read(file, piece, 0, PIECE);
    if (n < 0) return refuse(EMPTY, "unable to read " + FILE, n);
    if (n == 0) break;
    search.read(piece.subarray(0, n));
  }
  const found = search.end();
  if (!found && search.sawOptions)
    log.warning("auth: the key is listed with options, which are not supported: ignored");
  if (search.failed) log.warning("auth: " + FILE + " has a line that is too long: ignored from there on");
  return found;
}

/** Logs why the file isn't believed. */
function refuse(home: Uint8Array, reason: string, error: i32): bool {
  log.warning("auth: path: " + printable(home) + ": " + reason, error);
  return false;
}
