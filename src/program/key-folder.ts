/** Key folders on disk: made as a whole or not at all, and read with every doubt cleared. */
import { EMPTY, wipe } from "../core/bytes/bytes.ts";
import { printable } from "../core/bytes/text.ts";
import { fingerprint } from "../core/ssh/key/fingerprint.ts";
import { keyPairFault } from "../core/ssh/key/key-folder.ts";
import { KeyKind } from "../core/ssh/key/key-kind.ts";
import { PrivateKey } from "../core/ssh/key/private-key.ts";
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
 * Writes both files of a key into `folder`, which is there and goes by the name `shown`; `replace`: also if it has one of
 * the kind.
 * Returns the exit status; what went wrong is logged, and then a file that was new is gone again.
 */
export function putKeyFiles(folder: Uint8Array, shown: Uint8Array, key: PrivateKey, replace: bool): i32 {
  const kind = key.kind;
  const secretPath = within(folder, kind.secretFile);
  let result = writeFileAtOnce(secretPath, key.secretKey, SECRET_MODE, replace);
  if (result < 0) return unwritten(shown, kind.secretFile, result);
  result = writeFileAtOnce(within(folder, kind.publicFile), key.publicKey(), PUBLIC_MODE, replace);
  if (result >= 0) return SUCCESS;
  if (!replace) remove(secretPath, false);
  return unwritten(shown, kind.publicFile, result);
}

function unwritten(folder: Uint8Array, name: string, error: i32): i32 {
  return log.fatal("unable to write " + printable(within(folder, name)), error);
}

/**
 * Makes the folder `path` with keys in it. It appears under its name when all is on disk, so that nothing half-made
 * is ever found there, not even after a power cut. Returns the exit status; what went wrong is logged.
 */
export function createKeyFolder(path: Uint8Array, keys: PrivateKey[]): i32 {
  const unable = "unable to create directory " + printable(path);
  if (path.length == 0) return log.fatal(unable, ENOENT);
  const folder = trimmed(path);
  if (new FileStatus().ofPath(folder, false) >= 0) return log.fatal(unable, EEXIST);
  const unfinished = beside(folder);
  let result = makeFolder(unfinished, FOLDER_MODE);
  if (result < 0) return log.fatal(unable, result);
  let status = SUCCESS;
  for (let i = 0; i < keys.length && status == SUCCESS; i++) status = putKeyFiles(unfinished, path, keys[i], false);
  if (status == SUCCESS) {
    result = publishFolder(unfinished, folder, FOLDER_MODE);
    if (result < 0) status = log.fatal(unable, result);
  }
  if (status == SUCCESS) {
    syncFolder(parentOf(folder));
  } else {
    for (let i = 0; i < keys.length; i++) {
      remove(within(unfinished, keys[i].kind.secretFile), false);
      remove(within(unfinished, keys[i].kind.publicFile), false);
    }
    remove(unfinished, true);
  }
  return status;
}

/** The key of a kind in the folder `path`; null if there is none that can be trusted, and why is logged. */
export function readKeyFolder(path: Uint8Array, kind: KeyKind): PrivateKey | null {
  const publicKey = readFile(within(path, kind.publicFile), READ_LIMIT);
  if (publicKey.error < 0) return unreadable(path, kind.publicFile, publicKey.error);
  const secret = readFile(within(path, kind.secretFile), READ_LIMIT);
  if (secret.error < 0) return unreadable(path, kind.secretFile, secret.error);
  const fault = keyPairFault(kind, publicKey.bytes, secret.bytes);
  if (fault.length > 0) {
    wipe(secret.bytes);
    log.fatal("unable to use the key in " + printable(path) + ": " + fault);
    return null;
  }
  return new PrivateKey(kind, secret.bytes, EMPTY);
}

function unreadable(folder: Uint8Array, name: string, error: i32): PrivateKey | null {
  log.fatal("unable to read key from file " + printable(within(folder, name)), error);
  return null;
}

/** One line that names a key, as ssh-keygen has it: its fingerprint, then `what` it is. */
export function describeKey(key: PrivateKey, what: Uint8Array): string {
  const name = what.length > 0 ? printable(what) : "no comment";
  return fingerprint(key.kind.blob(key.publicKey())) + " " + name + " (" + key.kind.label + ")\n";
}
