/**
 * The host key of a TinySSH key folder.
 *
 * Only the public half is read at the start. For each signature a process of its own reads the secret key, signs and
 * ends: the secret never is in a process that parses what comes from the network.
 */
import { copyOf, EMPTY, equal, wipe } from "../../core/bytes/bytes.ts";
import { printable } from "../../core/bytes/text.ts";
import { kernels } from "../../core/crypto/kernels.ts";
import { HostKey } from "../../core/ssh/environment.ts";
import { ed25519Blob, publicHalf, SECRET_KEY_BYTES } from "../../core/ssh/key/ed25519.ts";
import { PUBLIC_KEY_FILE, publicKeyFault, SECRET_KEY_FILE } from "../../core/ssh/key/key-folder.ts";
import { SSH_ED25519 } from "../../core/ssh/key/public-key.ts";
import { Writer } from "../../core/wire/writer.ts";
import { ENOENT } from "../../linux/errno.ts";
import { Errand } from "../../linux/errand.ts";
import { readFile } from "../../linux/file.ts";
import { within } from "../../linux/path.ts";
import { log } from "../log.ts";

const SIGNATURE_BYTES: i32 = 64;
/** A file longer than a key is no key; this much is read so that its length can be told. */
const READ_LIMIT: i32 = 4096;
/** How long reading the key and signing may take, in milliseconds. */
const SIGN_TIMEOUT: f64 = 30000;

/** Signs one message with the secret key of a folder. */
class Signing extends Errand {
  private folder: Uint8Array;
  private key: Uint8Array;
  private message: Uint8Array;

  constructor(folder: Uint8Array, key: Uint8Array, message: Uint8Array) {
    super();
    this.folder = folder;
    this.key = key;
    this.message = message;
  }

  run(): Uint8Array {
    const path = within(this.folder, SECRET_KEY_FILE);
    const secret = readFile(path, READ_LIMIT);
    if (secret.error < 0) {
      log.fatal("unable to read secret key from file " + printable(path), secret.error);
      return EMPTY;
    }
    const bytes = secret.bytes;
    if (bytes.length != SECRET_KEY_BYTES || !equal(publicHalf(bytes), this.key)) {
      wipe(bytes);
      log.fatal("secret key in file " + printable(path) + " does not belong to the public key beside it");
      return EMPTY;
    }
    const signature = new Uint8Array(SIGNATURE_BYTES);
    kernels().ed25519Sign(signature, this.message, bytes);
    wipe(bytes);
    return signature;
  }
}

class FolderHostKey extends HostKey {
  private folder: Uint8Array;
  private key: Uint8Array;

  constructor(folder: Uint8Array, key: Uint8Array) {
    super();
    this.folder = folder;
    this.key = key;
  }

  algorithm(): string {
    return SSH_ED25519;
  }

  publicKey(): Uint8Array {
    return ed25519Blob(this.key);
  }

  sign(exchangeHash: Uint8Array): Uint8Array | null {
    const signing = new Signing(this.folder, this.key, exchangeHash);
    const signature = signing.answer(SIGNATURE_BYTES, SIGN_TIMEOUT);
    if (signing.error < 0) log.warning("unable to start a process for a signature", signing.error);
    if (signature == null) return null;
    const w = new Writer(128);
    w.text(SSH_ED25519);
    w.string(signature);
    return copyOf(w.written(), 0, w.written().length);
  }
}

/** The host keys in `folder`: none if there is no key that can be used, and the log says why. */
export function hostKeysIn(folder: Uint8Array): HostKey[] {
  const path = within(folder, PUBLIC_KEY_FILE);
  const file = readFile(path, READ_LIMIT);
  const unable = "unable to read public key from file " + printable(path);
  if (file.error == -ENOENT) log.fatal(unable + ": make a key with tinysshd-makekey", file.error);
  else if (file.error < 0) log.fatal(unable, file.error);
  if (file.error < 0) return [];
  const fault = publicKeyFault(file.bytes);
  if (fault.length > 0) {
    log.fatal(unable + ": " + fault);
    return [];
  }
  return [new FolderHostKey(folder, copyOf(file.bytes, 0, file.bytes.length))];
}
