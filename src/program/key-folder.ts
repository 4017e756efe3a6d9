/** Key folders on disk: made as a whole or not at all, and read with every doubt cleared. */
import { wipe } from "../core/bytes/bytes.ts";
import { printable } from "../core/bytes/text.ts";
import { fingerprint } from "../core/ssh/key/fingerprint.ts";
import { ed25519Blob, publicHalf, SECRET_KEY_BYTES } from "../core/ssh/key/ed25519.ts";
import { keyPairFault, PUBLIC_KEY_FILE, SECRET_KEY_FILE } from "../core/ssh/key/key-folder.ts";
import { EEXIST, ENOENT } from "../linux/errno.ts";
import { makeFolder, publishFolder, readFile, remove, syncFolder, writeFileAtOnce } from "../linux/file.ts";
import { FileStatus } from "../linux/file-status.ts";
import { beside, parentOf, trimmed, within } from "../linux/path.ts";
import { log } from "./log.ts";
import { SUCCESS } from "./program.ts";

const FOLDER_MODE: i32 = 0o755;
const PUBLIC_MODE: i32 = 0o644;
const SECRET_MODE: i32 = 0o600;

/** What is read of a file at most, so that a wrong length can be told in full for files of any likely kind. */
const READ_LIMIT: i32 = 4096;

/**
 * Writes both files of a key into `folder`, which is there and goes by the name `shown`; `replace`: also if it has a key.
 * Returns the exit status; what went wrong is logged, and then a file that was new is gone again.
 */
export function putKeyFiles(folder: Uint8Array, shown: Uint8Array, secretKey: Uint8Array, replace: bool): i32 {
  const secretPath = within(folder, SECRET_KEY_FILE);
  let result = writeFileAtOnce(secretPath, secretKey, SECRET_MODE, replace);
  if (result < 0) return unwritten(shown, SECRET_KEY_FILE, result);
  result = writeFileAtOnce(within(folder, PUBLIC_KEY_FILE), publicHalf(secretKey), PUBLIC_MODE, replace);
  if (result >= 0) return SUCCESS;
  if (!replace) remove(secretPath, false);
  return unwritten(shown, PUBLIC_KEY_FILE, result);
}

function unwritten(folder: Uint8Array, name: string, error: i32): i32 {
  return log.fatal("unable to write " + printable(within(folder, name)), error);
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
  const unfinished = beside(folder);
  let result = makeFolder(unfinished, FOLDER_MODE);
  if (result < 0) return log.fatal(unable, result);
  let status = putKeyFiles(unfinished, path, secretKey, false);
  if (status == SUCCESS) {
    result = publishFolder(unfinished, folder, FOLDER_MODE);
    if (result < 0) status = log.fatal(unable, result);
  }
  if (status == SUCCESS) {
    syncFolder(parentOf(folder));
  } else {
    remove(within(unfinished, SECRET_KEY_FILE), false);
    remove(within(unfinished, PUBLIC_KEY_FILE), false);
    remove(unfinished, true);
  }
  return status;
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

/** One line that names a key, as ssh-keygen has it: its fingerprint, then `what` it is. */
export function describeKey(publicKey: Uint8Array, what: Uint8Array): string {
  const name = what.length > 0 ? printable(what) : "no comment";
  return fingerprint(ed25519Blob(publicKey)) + " " + name + " (ED25519)\n";
}
