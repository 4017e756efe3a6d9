/**
 * Credentials in the format of systemd (systemd-creds(1), systemd.exec(5) LoadCredentialEncrypted=): a secret with its name
 * and the time until which it may be used, encrypted with AES-256-GCM. The key is the SHA-256 of what the machine keeps, what
 * its TPM keeps, or both; with neither, everybody has it.
 *
 * What is here needs the key; unsealing.ts and sealing.ts come by it.
 */
import { copyOf, EMPTY, wipe } from "../bytes/bytes.ts";
import { fromBase64, toBase64 } from "../bytes/base64.ts";
import { kernels } from "../crypto/kernels.ts";
import { sha256 } from "../tpm/key-derivation.ts";
import { readLittle32, readLittle64, writeLittle32, writeLittle64 } from "../wire/little-endian.ts";
import { Reader } from "../wire/reader.ts";
import { Uint64 } from "../wire/uint64.ts";
import { Writer } from "../wire/writer.ts";
import { CredentialHeader, readPadding, TAG_BYTES, writePadding } from "./header.ts";

/** CREDENTIAL_SIZE_MAX of systemd. */
export const CREDENTIAL_BYTES: i32 = 1048576;
/** As text: a credential that large, its headers and padding, in base64 with line ends. */
export const CREDENTIAL_TEXT_BYTES: i32 = 1638400;
/** NAME_MAX: a name is a file's. */
const NAME_LIMIT: i32 = 255;
/** Columns of the text, as systemd-creds writes it. */
const COLUMNS: i32 = 79;
const EVER: u32 = 0xffffffff;
const MICROSECONDS: f64 = 1e6;

/** A time of no end. */
export function never(): Uint64 {
  return new Uint64(EVER, EVER);
}

/** What is encrypted. */
export class Credential {
  /** What it may be used as; EMPTY: as anything. */
  name: Uint8Array = EMPTY;
  /** In microseconds since 1970. */
  timestamp: Uint64 = never();
  notAfter: Uint64 = never();
  /** The secret. */
  data: Uint8Array = EMPTY;

  /** Null if it is none. `data` is a view. */
  static decode(bytes: Uint8Array): Credential | null {
    const r = new Reader(bytes);
    const credential = new Credential();
    credential.timestamp = readLittle64(r);
    credential.notAfter = readLittle64(r);
    credential.name = r.raw(readLittle32(r));
    readPadding(r, bytes.length);
    credential.data = r.rest();
    const named = credential.name.length == 0 || isName(credential.name);
    return r.ok() && named ? credential : null;
  }

  /** Appends it to what is a multiple of eight bytes long. */
  encode(w: Writer): void {
    writeLittle64(w, this.timestamp);
    writeLittle64(w, this.notAfter);
    writeLittle32(w, this.name.length as u32);
    w.raw(this.name);
    writePadding(w);
    w.raw(this.data);
  }

  /** `now`: in seconds since 1970. */
  isExpired(now: f64): bool {
    const end = this.notAfter;
    return !(end.high == EVER && end.low == EVER) && end.toNumber() < now * MICROSECONDS;
  }

  wipe(): void {
    wipe(this.data);
  }
}

/** True for what systemd takes as a credential's name: a file's, printable, without a colon. */
export function isName(name: Uint8Array): bool {
  if (name.length == 0 || name.length > NAME_LIMIT) return false;
  let onlyDots = name.length <= 2;
  for (let i = 0; i < name.length; i++) {
    const c = name[i] as i32;
    if (c < 32 || c > 126 || c == 47 || c == 58) return false;
    if (c != 46) onlyDots = false;
  }
  return !onlyDots;
}

/** An encrypted credential. */
export class SealedCredential {
  readonly header: CredentialHeader;
  private bytes: Uint8Array;
  private headerBytes: i32;

  constructor(header: CredentialHeader, bytes: Uint8Array, headerBytes: i32) {
    this.header = header;
    this.bytes = bytes;
    this.headerBytes = headerBytes;
  }

  /** Reads the base64 of one, with blanks wherever; null if it is none. Nothing is decrypted yet. */
  static parse(text: Uint8Array): SealedCredential | null {
    const letters = new Uint8Array(text.length);
    let length = 0;
    for (let i = 0; i < text.length; i++) {
      if (text[i] <= 32) continue;
      letters[length] = text[i];
      length++;
    }
    const bytes = fromBase64(letters.subarray(0, length));
    return bytes != null ? SealedCredential.decode(bytes) : null;
  }

  static decode(bytes: Uint8Array): SealedCredential | null {
    const r = new Reader(bytes);
    const header = CredentialHeader.decode(r);
    if (header == null || r.left() < TAG_BYTES) return null;
    return new SealedCredential(header, bytes, bytes.length - r.left());
  }

  /** Null if the key is wrong, or anything was changed. What is returned is to be wiped. */
  open(key: Uint8Array): Credential | null {
    const bytes = copyOf(this.bytes, 0, this.bytes.length);
    const length = bytes.length - TAG_BYTES;
    if (!kernels().aes256GcmOpen(bytes, 0, length, this.headerBytes, key, this.header.nonce)) return null;
    const credential = Credential.decode(bytes.subarray(this.headerBytes, length));
    if (credential == null) wipe(bytes);
    return credential;
  }
}

/** Encrypts a credential; `header` has a nonce that was never used. */
export function encryptCredential(header: CredentialHeader, credential: Credential, key: Uint8Array): Uint8Array {
  const w = new Writer(512 + credential.data.length);
  header.encode(w);
  const associated = w.written().length;
  credential.encode(w);
  const length = w.written().length;
  w.raw(new Uint8Array(TAG_BYTES));
  const bytes = w.written();
  kernels().aes256GcmSeal(bytes, 0, length, associated, key, header.nonce);
  return bytes;
}

/** As text, in lines. */
export function credentialText(bytes: Uint8Array): Uint8Array {
  const letters = toBase64(bytes);
  const w = new Writer(letters.length + 64);
  for (let at = 0; at < letters.length; at += COLUMNS) {
    w.raw(letters.subarray(at, at + COLUMNS < letters.length ? at + COLUMNS : letters.length));
    w.byte(10);
  }
  return w.written();
}

/** The key of what the machine keeps and what the TPM does, either of which may be EMPTY. To be wiped. */
export function credentialKey(hostSecret: Uint8Array, tpmSecret: Uint8Array): Uint8Array {
  const w = new Writer(hostSecret.length + tpmSecret.length);
  w.raw(hostSecret);
  w.raw(tpmSecret);
  const key = sha256(w.written());
  w.wipe();
  return key;
}
