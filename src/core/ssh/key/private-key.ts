/**
 * OpenSSH's private key files, `openssh-key-v1` (OpenSSH's PROTOCOL.key): keys of our own kinds (key-kinds.ts), one in a
 * file, in the clear or encrypted with aes256-ctr and bcrypt, which is what ssh-keygen makes.
 *
 * Left out on purpose: other key types, other ciphers, and the older forms (PKCS#1, PKCS#8, PuTTY's). Each is refused
 * by name, with the ssh-keygen command that helps where there is one.
 */
import { copyOf, EMPTY, equal, wipe } from "../../bytes/bytes.ts";
import { ascii, isText, printable, startsWithText } from "../../bytes/text.ts";
import { kernels } from "../../crypto/kernels.ts";
import { fromPem, toPem } from "../../pem/pem.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";
import { KeyKind } from "./key-kind.ts";
import { ed25519, keyKinds } from "./key-kinds.ts";

/** More than any key file has: ssh-keygen's own are of some 400 bytes. */
export const PRIVATE_KEY_FILE_BYTES: i32 = 65536;

/** ssh-keygen's default since OpenSSH 9.4: a fraction of a second. */
export const DEFAULT_ROUNDS: u32 = 24;
/** Minutes of work: what asks for more is damaged, or means harm. */
export const MOST_ROUNDS: u32 = 32768;

/** Bytes of salt and of check number that `encodePrivateKey` wants at random. */
export const SALT_BYTES: i32 = 16;
export const CHECK_BYTES: i32 = 4;

const LABEL: string = "OPENSSH PRIVATE KEY";
const COLUMNS: i32 = 70;
const MAGIC: string = "openssh-key-v1\0";
const CIPHER: string = "aes256-ctr";
const KEY_DERIVATION: string = "bcrypt";
const CIPHER_KEY_BYTES: i32 = 32;
const CIPHER_BLOCK_BYTES: i32 = 16;
/** What the secret part is padded to where there is no cipher. */
const PLAIN_BLOCK_BYTES: i32 = 8;

const TRUNCATED: string = "damaged: it is cut short, or its lengths do not add up";

/** A pair with its comment. */
export class PrivateKey {
  kind: KeyKind;
  secretKey: Uint8Array;
  comment: Uint8Array;

  constructor(kind: KeyKind, secretKey: Uint8Array, comment: Uint8Array) {
    this.kind = kind;
    this.secretKey = secretKey;
    this.comment = comment;
  }

  publicKey(): Uint8Array {
    return this.kind.publicKey(this.secretKey);
  }

  wipe(): void {
    wipe(this.secretKey);
  }
}

/** A private key file whose wrapping has been read: what can be known without the passphrase. */
export class PrivateKeyFile {
  /** What is wrong with it, and what to do; empty if nothing is. `open` says it anew. */
  fault: string = "";
  encrypted: bool = false;
  /** True if `open` failed because the passphrase was wrong, and another may be tried. */
  wrongPassphrase: bool = false;
  private salt: Uint8Array = EMPTY;
  private rounds: u32 = 0;
  private kind: KeyKind = ed25519;
  /** From the part that isn't encrypted. */
  private publicKey: Uint8Array = EMPTY;
  private sealed: Uint8Array = EMPTY;

  /** Reads the whole of a file. Its text isn't needed afterwards. */
  static parse(text: Uint8Array): PrivateKeyFile {
    const file = new PrivateKeyFile();
    const pem = fromPem(text);
    if (pem.label != LABEL) file.fault = strangerFault(text, pem.label);
    else if (pem.bad) file.fault = "damaged: its lines between BEGIN and END are not base64, or END is missing";
    else file.fault = file.unwrap(pem.bytes);
    wipe(pem.bytes);
    return file;
  }

  private unwrap(bytes: Uint8Array): string {
    if (!startsWithText(bytes, MAGIC)) return "damaged: it does not begin with openssh-key-v1";
    const r = new Reader(bytes.subarray(MAGIC.length));
    const cipher = r.string();
    const derivation = r.string();
    const options = r.string();
    const count = r.uint32();
    const publicBlob = r.string();
    const sealed = r.string();
    if (r.bad) return TRUNCATED;
    if (count != 1) return `it holds ${count} keys; it must be one`;
    const fault = this.readPublic(publicBlob);
    if (fault.length > 0) return fault;
    this.sealed = copyOf(sealed, 0, sealed.length);
    if (isText(cipher, "none")) {
      if (!isText(derivation, "none") || options.length > 0) return "damaged: a passphrase without a cipher";
      return r.ok() ? "" : TRUNCATED;
    }
    if (!isText(cipher, CIPHER) || !isText(derivation, KEY_DERIVATION)) {
      const both = printable(cipher) + " and " + printable(derivation);
      return `encrypted with ${both}, not ${CIPHER} and ${KEY_DERIVATION}; change it with: ssh-keygen -p -Z ${CIPHER} -f FILE`;
    }
    if (!r.ok()) return TRUNCATED; // other ciphers may have a tag there
    this.encrypted = true;
    return this.readDerivation(options);
  }

  private readPublic(blob: Uint8Array): string {
    const r = new Reader(blob);
    const type = r.string();
    if (r.bad) return TRUNCATED;
    const kind = kindNamed(type);
    if (kind == null) return `its key is of type ${printable(type)}; only ${kindNames()} keys can be used`;
    this.kind = kind;
    const key = kind.readPublic(r);
    if (!r.ok() || key.length != kind.publicBytes) return "damaged: the public key has a wrong length";
    this.publicKey = copyOf(key, 0, key.length);
    return "";
  }

  private readDerivation(options: Uint8Array): string {
    const r = new Reader(options);
    const salt = r.string();
    this.rounds = r.uint32();
    if (!r.ok() || salt.length == 0 || this.rounds == 0) return "damaged: bad parameters for the passphrase";
    if (this.rounds > MOST_ROUNDS)
      return `its passphrase takes ${this.rounds} rounds; at most ${MOST_ROUNDS} are allowed`;
    this.salt = copyOf(salt, 0, salt.length);
    return "";
  }

  /** The key, or null, and then `fault` says why. The passphrase is not looked at if the file isn't encrypted. */
  open(passphrase: Uint8Array): PrivateKey | null {
    this.wrongPassphrase = false;
    this.fault = "";
    const plain = copyOf(this.sealed, 0, this.sealed.length);
    if (this.encrypted) crypt(plain, passphrase, this.salt, this.rounds);
    const key = this.readSecret(plain);
    wipe(plain);
    return key;
  }

  private readSecret(plain: Uint8Array): PrivateKey | null {
    const block = this.encrypted ? CIPHER_BLOCK_BYTES : PLAIN_BLOCK_BYTES;
    if (plain.length == 0 || plain.length % block != 0)
      return this.refuse("damaged: the secret part has a wrong length");
    const r = new Reader(plain);
    const check = r.uint32();
    if (check != r.uint32()) {
      this.wrongPassphrase = this.encrypted;
      return this.refuse(this.encrypted ? "wrong passphrase" : "damaged: the check numbers differ");
    }
    const kind = this.kind;
    const type = r.string();
    if (!r.bad && !isText(type, kind.type)) return this.refuse(this.otherKey());
    const publicKey = kind.readPublic(r);
    const secretKey = kind.readSecret(r);
    const comment = r.string();
    const padding = r.rest();
    const key = new PrivateKey(kind, secretKey, copyOf(comment, 0, comment.length));
    const fault = r.ok() ? this.faultOf(key, publicKey) : TRUNCATED;
    if (fault.length == 0 && isPadding(padding, block)) return key;
    key.wipe();
    return this.refuse(fault.length > 0 ? fault : "damaged: wrong padding");
  }

  private faultOf(key: PrivateKey, publicKey: Uint8Array): string {
    if (key.secretKey.length != key.kind.secretBytes) return this.otherKey();
    if (!equal(publicKey, this.publicKey) || !equal(key.publicKey(), this.publicKey)) {
      return "damaged: its public keys differ";
    }
    return key.kind.isSound(key.secretKey) ? "" : "damaged: the public key does not belong to the secret one";
  }

  private otherKey(): string {
    return `damaged: the secret part does not hold an ${this.kind.type} key`;
  }

  private refuse(fault: string): PrivateKey | null {
    this.fault = fault;
    return null;
  }

  wipe(): void {
    wipe(this.sealed);
  }
}

function kindNamed(type: Uint8Array): KeyKind | null {
  for (let i = 0; i < keyKinds.length; i++) if (isText(type, keyKinds[i].type)) return keyKinds[i];
  return null;
}

function kindNames(): string {
  let names = keyKinds[0].type;
  for (let i = 1; i < keyKinds.length; i++) names += " and " + keyKinds[i].type;
  return names;
}

/** What a file that isn't an OpenSSH private key is instead, and what to do. */
function strangerFault(text: Uint8Array, label: string): string {
  if (label == "PRIVATE KEY" || label == "ENCRYPTED PRIVATE KEY" || label.endsWith(" PRIVATE KEY")) {
    return `it is a PEM ${label}, not an ${LABEL}; rewrite it with: ssh-keygen -p -f FILE`;
  }
  if (label.length > 0) return `it is a PEM ${label}, not an ${LABEL}`;
  if (startsWithText(text, "PuTTY-User-Key-File-")) {
    return "it is a PuTTY key; rewrite it with: puttygen KEY -O private-openssh-new -o FILE";
  }
  if (startsWithText(text, "ssh-") || startsWithText(text, "ecdsa-"))
    return "it is a public key; the private one is needed";
  return `it is no OpenSSH private key: there is no line -----BEGIN ${LABEL}-----`;
}

/** 1, 2, 3, ... and less than a block. */
function isPadding(padding: Uint8Array, block: i32): bool {
  if (padding.length >= block) return false;
  for (let i = 0; i < padding.length; i++) {
    if ((padding[i] as i32) != i + 1) return false;
  }
  return true;
}

/** Encrypts or decrypts the secret part in place. */
function crypt(bytes: Uint8Array, passphrase: Uint8Array, salt: Uint8Array, rounds: u32): void {
  const derived = new Uint8Array(CIPHER_KEY_BYTES + CIPHER_BLOCK_BYTES);
  kernels().bcryptPbkdf(derived, passphrase, salt, rounds);
  kernels().aes256Ctr(bytes, derived.subarray(0, CIPHER_KEY_BYTES), derived.subarray(CIPHER_KEY_BYTES));
  wipe(derived);
}

/**
 * The file for `key`, as ssh-keygen would write it; encrypted unless `passphrase` is empty. As secret as the key.
 * `random`: SALT_BYTES + CHECK_BYTES bytes, not to be used for anything else.
 */
export function encodePrivateKey(key: PrivateKey, passphrase: Uint8Array, random: Uint8Array, rounds: u32): Uint8Array {
  const encrypted = passphrase.length > 0;
  const salt = random.subarray(0, SALT_BYTES);
  const publicKey = key.publicKey();
  const secret = new Writer(256 + publicKey.length + key.comment.length);
  const check = random.subarray(SALT_BYTES, SALT_BYTES + CHECK_BYTES);
  secret.raw(check);
  secret.raw(check);
  secret.text(key.kind.type);
  key.kind.writePublic(secret, publicKey);
  key.kind.writeSecret(secret, key.secretKey);
  secret.string(key.comment);
  const block = encrypted ? CIPHER_BLOCK_BYTES : PLAIN_BLOCK_BYTES;
  for (let next = 1; secret.written().length % block != 0; next++) secret.byte(next as u8);
  if (encrypted) crypt(secret.written(), passphrase, salt, rounds);

  const options = new Writer(64);
  if (encrypted) {
    options.string(salt);
    options.uint32(rounds);
  }
  const file = new Writer(512 + 2 * publicKey.length + key.comment.length);
  file.raw(ascii(MAGIC));
  file.text(encrypted ? CIPHER : "none");
  file.text(encrypted ? KEY_DERIVATION : "none");
  file.string(options.written());
  file.uint32(1);
  file.string(key.kind.blob(publicKey));
  file.string(secret.written());
  const text = toPem(LABEL, file.written(), COLUMNS);
  secret.wipe();
  file.wipe();
  return text;
}
