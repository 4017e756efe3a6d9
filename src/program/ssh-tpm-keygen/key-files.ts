/** Files that are read: TPM keys, private keys to be imported, and public keys of other TPMs and of authorities. */
import { EMPTY, wipe } from "../../core/bytes/bytes.ts";
import { printable } from "../../core/bytes/text.ts";
import { fromPem } from "../../core/pem/pem.ts";
import { PRIVATE_KEY_FILE_BYTES } from "../../core/ssh/key/envelope.ts";
import { readPublicKeyInfo } from "../../core/ssh/key/pem-key.ts";
import { PlainKeyFile } from "../../core/ssh/key/plain-key-file.ts";
import { PlainPrivateKey, PlainPublicKey } from "../../core/ssh/key/plain-key.ts";
import { TPM_KEY_FILE_BYTES, TpmKeyFile } from "../../core/tpm/key-file.ts";
import { PublicArea } from "../../core/tpm/public-area.ts";
import { rsaStorageRoot, storageRoot } from "../../core/tpm/templates.ts";
import { Reader } from "../../core/wire/reader.ts";
import { readFile } from "../../linux/file.ts";
import { log } from "../log.ts";
import { print } from "../print.ts";
import { PublicKeyFile } from "../tpm/public-key-file.ts";
import { PUBLIC_SUFFIX, withSuffix } from "./key-output.ts";
import { Questions } from "./questions.ts";

/** How often a person may be wrong. */
const ATTEMPTS: i32 = 3;

/** The TPM key in a file; null if there is none, and that is logged. */
export function readTpmKey(path: Uint8Array): TpmKeyFile | null {
  const contents = readFile(path, TPM_KEY_FILE_BYTES);
  if (contents.error < 0) {
    log.fatal("unable to read the TPM key " + printable(path), contents.error);
    return null;
  }
  const file = TpmKeyFile.parse(contents.bytes);
  if (file.fault.length == 0) return file;
  log.fatal("unable to read the TPM key " + printable(path) + ": " + file.fault);
  return null;
}

/** What a private key's file holds: a TPM key, or bytes that `openPrivateKey` reads. */
export function isTpmKey(bytes: Uint8Array): bool {
  const pem = fromPem(bytes);
  wipe(pem.bytes);
  return pem.label == "TSS2 PRIVATE KEY";
}

/** The contents of a private key's file, to be wiped; null if there are none, and that is logged. */
export function readPrivateFile(path: Uint8Array): Uint8Array | null {
  const contents = readFile(path, PRIVATE_KEY_FILE_BYTES);
  if (contents.error >= 0) return contents.bytes;
  log.fatal("unable to read " + printable(path), contents.error);
  return null;
}

/**
 * The private key in `bytes`, which `path` holds; null if it can't be had, and that is logged. `passphrase`: null if it
 * is to be asked for. The comment is the one of the public key's file beside it, if there is one.
 */
export function openPrivateKey(
  path: Uint8Array,
  bytes: Uint8Array,
  passphrase: Uint8Array | null,
  questions: Questions,
): PlainPrivateKey | null {
  const file = PlainKeyFile.parse(bytes);
  const key = file.fault.length == 0 ? unlock(file, passphrase, questions) : null;
  file.wipe();
  if (key == null) {
    if (file.fault.length > 0) log.fatal("unable to use " + printable(path) + ": " + file.fault);
    return null;
  }
  const comment = PublicKeyFile.read(withSuffix(path, PUBLIC_SUFFIX)).comment;
  if (comment.length > 0) key.comment = comment;
  return key;
}

function unlock(file: PlainKeyFile, passphrase: Uint8Array | null, questions: Questions): PlainPrivateKey | null {
  if (!file.encrypted) return file.open(EMPTY);
  if (passphrase != null) return file.open(passphrase);
  let key: PlainPrivateKey | null = null;
  for (let attempt = 1; attempt <= ATTEMPTS && key == null; attempt++) {
    if (attempt > 1) print("Wrong passphrase, try again.\n");
    const answer = questions.secret("Enter existing passphrase (empty for no passphrase): ");
    if (answer == null) {
      file.fault = ""; // why there is none was logged
      return null;
    }
    key = file.open(answer);
    wipe(answer);
    if (!file.wrongPassphrase) return key;
  }
  return key;
}

/** The public key in a file of PEM, of a key or of its private half; null if there is none, and that is logged. */
export function readPublicKey(path: Uint8Array, questions: Questions): PlainPublicKey | null {
  const bytes = readPrivateFile(path);
  if (bytes == null) return null;
  const pem = fromPem(bytes);
  if (pem.label == "PUBLIC KEY") {
    const key = readPublicKeyInfo(pem.bytes);
    if (key == null) log.fatal(printable(path) + ": no public key of ECDSA or RSA of a usual size");
    return key;
  }
  wipe(pem.bytes);
  const key = openPrivateKey(path, bytes, null, questions);
  wipe(bytes);
  if (key == null) return null;
  key.wipe();
  return key.publicKey;
}

/**
 * The storage root key of another TPM: a PEM, which is taken for one of the usual templates, or a TPM2B_PUBLIC, in which
 * everything stands. Null if it is neither, and that is logged.
 */
export function readStorageRoot(path: Uint8Array): PublicArea | null {
  const bytes = readPrivateFile(path);
  if (bytes == null) return null;
  const pem = fromPem(bytes);
  let area: PublicArea | null = null;
  if (pem.label == "PUBLIC KEY") {
    const key = readPublicKeyInfo(pem.bytes);
    if (key != null) area = rootOf(key);
  } else if (pem.label.length == 0) {
    const r = new Reader(bytes);
    const content = r.sized();
    area = r.ok() ? PublicArea.decode(content) : null;
  }
  if (area != null && area.isParent()) return area;
  log.fatal(printable(path) + ": no storage root key: it must be ECC P-256 or RSA 2048, in PEM or as a TPM2B_PUBLIC");
  return null;
}

function rootOf(key: PlainPublicKey): PublicArea | null {
  if (key.bits != 256 && key.bits != 2048) return null;
  const area = key.isRsa ? rsaStorageRoot() : storageRoot();
  area.unique = key.modulus;
  area.x = key.x;
  area.y = key.y;
  return area;
}
