/**
 * The wrapping of OpenSSH's private key files, `openssh-key-v1` (OpenSSH's PROTOCOL.key): one key in a file, in the clear
 * or encrypted with aes256-ctr and bcrypt, which is what ssh-keygen makes. What is in it is for others to read:
 * private-key-file.ts, plain-key-file.ts.
 *
 * Left out on purpose: other ciphers, and several keys in a file.
 */
import { ascii, isText, printable, startsWithText } from "../../bytes/text.ts";
import { copyOf, EMPTY, wipe } from "../../bytes/bytes.ts";
import { kernels } from "../../crypto/kernels.ts";
import { Pem, toPem } from "../../pem/pem.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";

/** More than any key file has: ssh-keygen's own are of some 400 bytes, and 3400 with the longest RSA key. */
export const PRIVATE_KEY_FILE_BYTES: i32 = 65536;

/** ssh-keygen's default since OpenSSH 9.4: a fraction of a second. */
export const DEFAULT_ROUNDS: u32 = 24;
/** Minutes of work: what asks for more is damaged, or means harm. */
export const MOST_ROUNDS: u32 = 32768;

/** Bytes of salt and of check number that `wrapPrivateKey` wants at random. */
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

export const TRUNCATED: string = "damaged: it is cut short, or its lengths do not add up";
export const NOT_BASE64: string = "damaged: its lines between BEGIN and END are not base64, or END is missing";

/** A file whose wrapping has been read: what can be known without the passphrase. */
export class Envelope {
  /** What is wrong with it, and what to do; empty if nothing is. `open` says it anew. */
  fault: string = "";
  encrypted: bool = false;
  /** True if `open` failed because the passphrase was wrong, and another may be tried. */
  wrongPassphrase: bool = false;
  /** The public key, which isn't encrypted, as on the wire. */
  publicBlob: Uint8Array = EMPTY;
  private salt: Uint8Array = EMPTY;
  private rounds: u32 = 0;
  private sealed: Uint8Array = EMPTY;

  /** Reads the file that this PEM is all of, or text that is something else. The PEM is wiped. */
  static parse(text: Uint8Array, pem: Pem): Envelope {
    const envelope = new Envelope();
    if (pem.label != LABEL) envelope.fault = strangerFault(text, pem.label);
    else envelope.fault = pem.bad ? NOT_BASE64 : envelope.unwrap(pem.bytes);
    wipe(pem.bytes);
    return envelope;
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
    this.publicBlob = copyOf(publicBlob, 0, publicBlob.length);
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

  /**
   * The secret part behind its check numbers, for the caller to wipe; EMPTY if it can't be had, and then `fault` says why.
   * The passphrase is not looked at if the file isn't encrypted.
   */
  open(passphrase: Uint8Array): Uint8Array {
    this.wrongPassphrase = false;
    this.fault = "";
    const plain = copyOf(this.sealed, 0, this.sealed.length);
    if (this.encrypted) crypt(plain, passphrase, this.salt, this.rounds);
    if (plain.length == 0 || plain.length % this.block() != 0) {
      this.fault = "damaged: the secret part has a wrong length";
    } else {
      const r = new Reader(plain);
      if (r.uint32() == r.uint32()) return plain.subarray(2 * CHECK_BYTES);
      this.wrongPassphrase = this.encrypted;
      this.fault = this.encrypted ? "wrong passphrase" : "damaged: the check numbers differ";
    }
    wipe(plain);
    return EMPTY;
  }

  /** Whether what is left of the secret part is its padding: 1, 2, 3, ... and less than a block. */
  isPadding(padding: Uint8Array): bool {
    if (padding.length >= this.block()) return false;
    for (let i = 0; i < padding.length; i++) {
      if ((padding[i] as i32) != i + 1) return false;
    }
    return true;
  }

  private block(): i32 {
    return this.encrypted ? CIPHER_BLOCK_BYTES : PLAIN_BLOCK_BYTES;
  }

  wipe(): void {
    wipe(this.sealed);
  }
}

/** What a file that isn't an OpenSSH private key is instead, and what to do. */
export function strangerFault(text: Uint8Array, label: string): string {
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

/** Encrypts or decrypts the secret part in place. */
function crypt(bytes: Uint8Array, passphrase: Uint8Array, salt: Uint8Array, rounds: u32): void {
  const derived = new Uint8Array(CIPHER_KEY_BYTES + CIPHER_BLOCK_BYTES);
  kernels().bcryptPbkdf(derived, passphrase, salt, rounds);
  kernels().aes256Ctr(bytes, derived.subarray(0, CIPHER_KEY_BYTES), derived.subarray(CIPHER_KEY_BYTES));
  wipe(derived);
}

/**
 * The file around `secret`, which is encrypted unless `passphrase` is empty: the secret part behind its check
 * numbers. As secret as that. `random`: SALT_BYTES + CHECK_BYTES bytes, not to be used for anything else.
 */
export function wrapPrivateKey(
  publicBlob: Uint8Array,
  secret: Uint8Array,
  passphrase: Uint8Array,
  random: Uint8Array,
  rounds: u32,
): Uint8Array {
  const encrypted = passphrase.length > 0;
  const salt = random.subarray(0, SALT_BYTES);
  const check = random.subarray(SALT_BYTES, SALT_BYTES + CHECK_BYTES);
  const block = encrypted ? CIPHER_BLOCK_BYTES : PLAIN_BLOCK_BYTES;
  const plain = new Writer(secret.length + 2 * CHECK_BYTES + block);
  plain.raw(check);
  plain.raw(check);
  plain.raw(secret);
  for (let next = 1; plain.written().length % block != 0; next++) plain.byte(next as u8);
  if (encrypted) crypt(plain.written(), passphrase, salt, rounds);

  const options = new Writer(64);
  if (encrypted) {
    options.string(salt);
    options.uint32(rounds);
  }
  const file = new Writer(256 + publicBlob.length + plain.written().length);
  file.raw(ascii(MAGIC));
  file.text(encrypted ? CIPHER : "none");
  file.text(encrypted ? KEY_DERIVATION : "none");
  file.string(options.written());
  file.uint32(1);
  file.string(publicBlob);
  file.string(plain.written());
  const text = toPem(LABEL, file.written(), COLUMNS);
  plain.wipe();
  file.wipe();
  return text;
}
