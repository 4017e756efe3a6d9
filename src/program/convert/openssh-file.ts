/** OpenSSH private key files on disk: read, with the passphrase asked for where one is needed, and written. */
import { EMPTY, wipe } from "../../core/bytes/bytes.ts";
import { ascii, printable } from "../../core/bytes/text.ts";
import { CHECK_BYTES, PRIVATE_KEY_FILE_BYTES, SALT_BYTES } from "../../core/ssh/key/envelope.ts";
import { encodePrivateKey, PrivateKeyFile } from "../../core/ssh/key/private-key-file.ts";
import { PrivateKey } from "../../core/ssh/key/private-key.ts";
import { close, O_RDONLY, STDIN } from "../../linux/descriptor.ts";
import { EEXIST } from "../../linux/errno.ts";
import { Contents, open, readAll, remove, writeFileAtOnce } from "../../linux/file.ts";
import { FileStatus } from "../../linux/file-status.ts";
import { fillRandom } from "../../linux/random.ts";
import { log } from "../log.ts";
import { printError } from "../print.ts";
import { SUCCESS } from "../program.ts";
import { ATTEMPTS, Passphrases } from "./passphrase.ts";

const PUBLIC_SUFFIX: string = ".pub";
const PUBLIC_MODE: i32 = 0o644;
const SECRET_MODE: i32 = 0o600;

/** The whole file, or pipe; standard input if `path` is empty. */
function contentsOf(path: Uint8Array): Contents {
  const descriptor = path.length == 0 ? STDIN : open(path, O_RDONLY);
  if (descriptor < 0) return new Contents(EMPTY, descriptor);
  const contents = readAll(descriptor, PRIVATE_KEY_FILE_BYTES);
  if (descriptor != STDIN) close(descriptor);
  return contents;
}

/** The key in the file at `path`, standard input if that is empty; null if it can't be had, and why is logged. */
export function readOpenSsh(path: Uint8Array, passphrases: Passphrases): PrivateKey | null {
  const name = path.length == 0 ? "standard input" : printable(path);
  const contents = contentsOf(path);
  if (contents.error < 0) {
    log.fatal("unable to read " + name, contents.error);
    return null;
  }
  const file = PrivateKeyFile.parse(contents.bytes);
  wipe(contents.bytes);
  const key = file.fault.length == 0 ? unlock(file, name, passphrases) : null;
  if (file.fault.length > 0) log.fatal("unable to convert " + name + ": " + file.fault);
  file.wipe();
  return key;
}

function unlock(file: PrivateKeyFile, name: string, passphrases: Passphrases): PrivateKey | null {
  if (!file.encrypted) return file.open(EMPTY);
  let attempt = 0;
  while (true) {
    const passphrase = passphrases.ask("Passphrase for " + name + ": ");
    if (passphrase == null) {
      file.fault = ""; // why there is none was logged
      return null;
    }
    const key = file.open(passphrase);
    wipe(passphrase);
    attempt++;
    if (!file.wrongPassphrase || !passphrases.interactive || attempt == ATTEMPTS) return key;
    printError("Wrong passphrase, try again.\n");
  }
}

/**
 * Writes `key` to the new file `path`, encrypted unless `passphrase` is empty, and its public half to `path`.pub.
 * Returns the exit status; what went wrong is logged, and then neither file is there.
 */
export function writeOpenSsh(path: Uint8Array, key: PrivateKey, passphrase: Uint8Array, rounds: u32): i32 {
  const publicPath = new Uint8Array(path.length + PUBLIC_SUFFIX.length);
  publicPath.set(path);
  publicPath.set(ascii(PUBLIC_SUFFIX), path.length);
  if (exists(path)) return unwritten(path, -EEXIST);
  if (exists(publicPath)) return unwritten(publicPath, -EEXIST);

  const random = new Uint8Array(SALT_BYTES + CHECK_BYTES);
  fillRandom(random);
  const text = encodePrivateKey(key, passphrase, random, rounds);
  const result = writeFileAtOnce(path, text, SECRET_MODE, false);
  wipe(text);
  if (result < 0) return unwritten(path, result);

  const comment = key.comment.length > 0 ? " " + printable(key.comment) : "";
  const line = ascii(key.kind.line(key.publicKey()) + comment + "\n");
  const publicResult = writeFileAtOnce(publicPath, line, PUBLIC_MODE, false);
  if (publicResult >= 0) return SUCCESS;
  remove(path, false);
  return unwritten(publicPath, publicResult);
}

function exists(path: Uint8Array): bool {
  return new FileStatus().ofPath(path, false) >= 0;
}

function unwritten(path: Uint8Array, error: i32): i32 {
  return log.fatal("unable to create " + printable(path), error);
}
