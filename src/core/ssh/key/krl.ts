/**
 * OpenSSH's binary list of revoked keys (PROTOCOL.krl, format 1), asked about one key or certificate: by the key itself or
 * its SHA-256 hash, by the serial number or the name of a certificate, and all of this for its authority's key too.
 *
 * Left out on purpose: the signature over a list, which OpenSSH has given up as well. Sections with SHA-1 hashes can't be
 * honoured, as there is no SHA-1 here, and are an error.
 */
import { equal } from "../../bytes/bytes.ts";
import { startsWithText } from "../../bytes/text.ts";
import { kernels } from "../../crypto/kernels.ts";
import { Reader } from "../../wire/reader.ts";
import { Certificate } from "./certificate.ts";
import { Credential } from "./credential.ts";

const MAGIC: string = "SSHKRL\n\0";
const FORMAT: u32 = 1;

const CERTIFICATES: i32 = 1;
const EXPLICIT_KEYS: i32 = 2;
const SHA1_HASHES: i32 = 3;
const SIGNATURE: i32 = 4;
const SHA256_HASHES: i32 = 5;
const EXTENSION: i32 = 255;

const SERIALS: i32 = 0x20;
const SERIAL_RANGES: i32 = 0x21;
const SERIAL_BITMAP: i32 = 0x22;
const KEY_IDS: i32 = 0x23;
const CERTIFICATES_EXTENSION: i32 = 0x39;

/** Bytes of a serial number. */
const SERIAL: u32 = 8;

/** True if `file` is of this format. */
export function isKrl(file: Uint8Array): bool {
  return startsWithText(file, MAGIC);
}

export class Krl {
  /** The list names the key, the certificate, or its authority. */
  revoked: bool = false;
  /** What is wrong with the list; empty if nothing is. */
  error: string = "";

  private credential: Credential;
  /** The blobs that must not be listed, and their hashes. Without a certificate both are the same. */
  private key: Uint8Array;
  private authority: Uint8Array;
  private keyHash: Uint8Array = new Uint8Array(32);
  private authorityHash: Uint8Array = new Uint8Array(32);

  constructor(credential: Credential) {
    this.credential = credential;
    this.key = credential.key.blob;
    this.authority = credential.listed().blob;
    kernels().sha256(this.keyHash, this.key);
    kernels().sha256(this.authorityHash, this.authority);
  }

  /** Goes through the whole list, so that a fault anywhere in it is found. */
  read(file: Uint8Array): void {
    const r = new Reader(file);
    r.raw(MAGIC.length as u32);
    if (r.uint32() != FORMAT) this.fail("of an unknown format");
    r.raw(24); // version of the list, time of its making, flags
    r.string(); // reserved
    r.string(); // comment
    let signed = false;
    while (r.left() > 0) {
      const type = r.byte() as i32;
      const section = new Reader(r.string());
      if (signed && type != SIGNATURE) this.fail("sections behind the signature");
      if (type == SIGNATURE) {
        signed = true;
        section.rest(); // the authority's key
        r.string(); // and what it signed with that
      } else {
        this.readSection(type, section);
      }
      if (!section.ok()) this.fail("malformed");
    }
    if (!r.ok()) this.fail("malformed");
  }

  private readSection(type: i32, r: Reader): void {
    if (type == CERTIFICATES) this.readCertificates(r);
    else if (type == EXPLICIT_KEYS) this.compareAll(r, this.key, this.authority);
    else if (type == SHA256_HASHES) this.compareAll(r, this.keyHash, this.authorityHash);
    else if (type == EXTENSION) this.passOver(r);
    else if (type == SHA1_HASHES) this.fail("it lists SHA-1 hashes, which are not supported");
    else this.fail("a section of an unknown type");
  }

  private readCertificates(r: Reader): void {
    const authority = r.string();
    r.string(); // reserved
    const isMeant = authority.length == 0 || equal(authority, this.authority);
    const certificate = isMeant ? this.credential.certificate : null;
    while (r.left() > 0) {
      const type = r.byte() as i32;
      const section = new Reader(r.string());
      this.readCertificateSection(type, section, certificate);
      if (!section.ok()) this.fail("malformed");
    }
  }

  /** Of a certificate that the section is not about, null, no more than the form is checked. */
  private readCertificateSection(type: i32, r: Reader, certificate: Certificate | null): void {
    if (type == CERTIFICATES_EXTENSION) {
      this.passOver(r);
    } else if (type == SERIAL_BITMAP) {
      const first = r.raw(SERIAL);
      const bitmap = r.magnitude();
      if (certificate != null && !r.bad && isSet(bitmap, certificate.serial, first)) this.revoked = true;
    } else if (type >= SERIALS && type <= KEY_IDS) {
      while (r.left() > 0) {
        const first = type == KEY_IDS ? r.string() : r.raw(SERIAL);
        const last = type == SERIAL_RANGES ? r.raw(SERIAL) : first;
        if (certificate == null || r.bad) continue;
        const own = type == KEY_IDS ? certificate.id : certificate.serial;
        if (type == KEY_IDS ? equal(own, first) : compare(first, own) <= 0 && compare(own, last) <= 0)
          this.revoked = true;
      }
    } else {
      this.fail("a section on certificates of an unknown type");
    }
  }

  /** Strings, one of which might be `a` or `b`. */
  private compareAll(r: Reader, a: Uint8Array, b: Uint8Array): void {
    while (r.left() > 0) {
      const listed = r.string();
      if (equal(listed, a) || equal(listed, b)) this.revoked = true;
    }
  }

  /** An extension: all are unknown. */
  private passOver(r: Reader): void {
    r.string(); // its name
    if (r.boolean()) this.fail("a critical extension that is unknown");
    r.string();
  }

  /** Keeps the first thing that is wrong. */
  private fail(error: string): void {
    if (this.error.length == 0) this.error = error;
  }
}

/** Of serial numbers: negative, 0 or positive as `a` is less than, equal to, or more than `b`. */
function compare(a: Uint8Array, b: Uint8Array): i32 {
  for (let i = 0; i < a.length; i++) {
    if (a[i] != b[i]) return (a[i] as i32) - (b[i] as i32);
  }
  return 0;
}

/** True if the bit for `serial` is set in `bitmap`, a number whose lowest bit stands for the serial `first`. */
function isSet(bitmap: Uint8Array, serial: Uint8Array, first: Uint8Array): bool {
  let index = 0;
  let borrow = 0;
  for (let i = 7; i >= 0; i--) {
    const difference = (serial[i] as i32) - (first[i] as i32) - borrow;
    borrow = difference < 0 ? 1 : 0;
    // Half of an i32 is more than any bitmap has bits.
    if (i >= 4) index |= (difference & 255) << ((7 - i) * 8);
    else if ((difference & 255) != 0) return false;
  }
  const byte = bitmap.length - 1 - (index >>> 3);
  return borrow == 0 && index >= 0 && byte >= 0 && (((bitmap[byte] as i32) >> (index & 7)) & 1) != 0;
}
