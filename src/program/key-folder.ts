/** Key folders on disk: made as a whole or not at all, and read with every doubt cleared. */
import { wipe } from "../core/bytes/bytes.ts";
import { toHex } from "../core/bytes/hex.ts";
import { ascii, printable } from "../core/bytes/text.ts";
import { fingerprint } from "../core/ssh/key/fingerprint.ts";
import { ed25519Blob, publicHalf, SECRET_KEY_BYTES } from "../core/ssh/key/ed25519.ts";
import { keyPairFault, PUBLIC_KEY_FILE, SECRET_KEY_FILE } from "../core/ssh/key/key-folder.ts";
import { EEXIST, EINVAL, ENOENT, ENOSYS } from "../linux/errno.ts";
import { makeFolder, readFile, remove, rename, renameToNew, syncFolder, writeNewFile } from "../linux/file.ts";
import { FileStatus } from "../linux/file-status.ts";
import { fillRandom } from "../linux/random.ts";
import { log } from "./log.ts";
import { FAILURE, SUCCESS } from "./program.ts";

const SLASH: i32 = 47;

const FOLDER_MODE: i32 = 0o755;
const PUBLIC_MODE: i32 = 0o644;
const SECRET_MODE: i32 = 0o600;

/** What is read of a file at most, so that a wrong length can be told in full for files of any likely kind. */
const READ_LIMIT: i32 = 4096;

/** The path of `name` in `folder`. */
export function within(folder: Uint8Array, name: string): Uint8Array {
  const slash = folder.length > 0 && (folder[folder.length - 1] as i32) != SLASH ? "/" : "";
  const tail = ascii(slash + name);
  const path = new Uint8Array(folder.length + tail.length);
  path.set(folder);
  path.set(tail, folder.length);
  return path;
}

/** `path` without slashes at its end. */
function trimmed(path: Uint8Array): Uint8Array {
  let length = path.length;
  while (length > 1 && (path[length - 1] as i32) == SLASH) length--;
  return path.subarray(0, length);
}

/** The folder that `path` is in. */
export function parentOf(path: Uint8Array): Uint8Array {
  const slash = path.lastIndexOf(SLASH as u8);
  if (slash < 0) return ascii(".");
  return slash == 0 ? ascii("/") : path.subarray(0, slash);
}

/** A path beside `path` that nobody uses. */
export function besides(path: Uint8Array): Uint8Array {
  const random = new Uint8Array(8);
  fillRandom(random);
  return within(parentOf(path), ".postern-" + toHex(random));
}

/** Writes both files of a key into `folder`, which is there. 0, or the negative errno, which is logged. */
export function writeKeyFiles(folder: Uint8Array, secretKey: Uint8Array): i32 {
  let name = SECRET_KEY_FILE;
  let result = writeNewFile(within(folder, SECRET_KEY_FILE), secretKey, SECRET_MODE);
  if (result >= 0) {
    name = PUBLIC_KEY_FILE;
    result = writeNewFile(within(folder, PUBLIC_KEY_FILE), publicHalf(secretKey), PUBLIC_MODE);
    if (result >= 0) {
      name = "";
      result = syncFolder(folder);
    }
    if (result < 0) remove(within(folder, SECRET_KEY_FILE), false);
  }
  if (result < 0) log.fatal("unable to write " + printable(within(folder, name)), result);
  return result;
}

/** Gives a finished folder its name, unless that is taken. 0, or the negative errno. */
function publish(from: Uint8Array, to: Uint8Array): i32 {
  const result = renameToNew(from, to);
  if (result != -EINVAL && result != -ENOSYS) return result;
  const made = makeFolder(to, FOLDER_MODE); // an empty folder may be replaced, and this one is ours
  return made < 0 ? made : rename(from, to);
}

/**
 * Makes the folder `path` with a key in it. It appears under its name when all is on disk, so that nothing half-made
 * is ever found there, not even after a power cut. Returns the exit status; what went wrong is logged.
 */
export function createKeyFolder(path: Uint8Array, secretKey: Uint8Array): i32 {
  const unable = "unable to create directory " + printable(path);
  if (path.length == 0) return log.fatal(unable, ENOENT);
  const folder = trimmed(path);
  if (new FileStatus().ofPath(folder, false) >= 0) return log.fatal(unable, EEXIST);
  const unfinished = besides(folder);
  let result = makeFolder(unfinished, FOLDER_MODE);
  if (result < 0) return log.fatal(unable, result);
  result = writeKeyFiles(unfinished, secretKey);
  if (result >= 0) {
    result = publish(unfinished, folder);
    if (result >= 0) {
      syncFolder(parentOf(folder));
      return SUCCESS;
    }
    log.fatal(unable, result);
  }
  remove(within(unfinished, SECRET_KEY_FILE), false);
  remove(within(unfinished, PUBLIC_KEY_FILE), false);
  remove(unfinished, true);
  return FAILURE;
}

/** The secret key in the folder `path`, 64 bytes; null if there is none that can be trusted, and why is logged. */
export function readKeyFolder(path: Uint8Array): Uint8Array | null {
  const publicKey = readFile(within(path, PUBLIC_KEY_FILE), READ_LIMIT);
  if (publicKey.error < 0) return unreadable(path, PUBLIC_KEY_FILE, publicKey.error);
  const secret = readFile(within(path, SECRET_KEY_FILE), READ_LIMIT);
  if (secret.error < 0) return unreadable(path, SECRET_KEY_FILE, secret.error);
  const fault = keyPairFault(publicKey.bytes, secret.bytes);
  if (fault.length > 0) {
    wipe(secret.bytes);
    log.fatal("unable to use the key in " + printable(path) + ": " + fault);
    return null;
  }
  return secret.bytes.subarray(0, SECRET_KEY_BYTES);
}

function unreadable(folder: Uint8Array, name: string, error: i32): Uint8Array | null {
  log.fatal("unable to read key from file " + printable(within(folder, name)), error);
  return null;
}

/** One line that names a key: its fingerprint, then `what` it is. */
export function describeKey(publicKey: Uint8Array, what: Uint8Array): string {
  return fingerprint(ed25519Blob(publicKey)) + " " + printable(what) + " (ED25519)\n";
}
