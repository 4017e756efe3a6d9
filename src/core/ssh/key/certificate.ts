/**
 * OpenSSH's certificates (PROTOCOL.certkeys, version 01): a public key, what it may be used for, and the signature of a
 * certification authority over both.
 *
 * Any type of key in key-types.ts may be certified, and may certify. What a certificate is good for is decided elsewhere:
 * here is its form alone, and whether its authority signed it. Left out on purpose: a certificate as authority, which the
 * specification forbids.
 */
import { copyOf, EMPTY } from "../../bytes/bytes.ts";
import { ascii, isText } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";
import { Uint64 } from "../../wire/uint64.ts";
import { Writer } from "../../wire/writer.ts";
import { keyTypes, parsePublicKey } from "./key-types.ts";
import { KeyType, PublicKey } from "./public-key.ts";
import { verifySignature } from "./signature.ts";

/** SSH_CERT_TYPE_USER and SSH_CERT_TYPE_HOST. */
export const USER_CERTIFICATE: u32 = 1;
export const HOST_CERTIFICATE: u32 = 2;

const SUFFIX: string = "-cert-v01@openssh.com";
/** OpenSSH's SSHKEY_CERT_MAX_PRINCIPALS. */
const PRINCIPALS_LIMIT: i32 = 256;

/** Byte arrays are views into the certificate, but for the key's. */
export class Certificate {
  /** Its type's name, e.g. `ssh-ed25519-cert-v01@openssh.com`. */
  type: string;
  /** The key that it is for. */
  key: PublicKey;
  /** The authority's key. */
  authority: PublicKey;
  /** Number that the authority gave it: 8 bytes, the first the highest. */
  serial: Uint8Array = EMPTY;
  /** USER_CERTIFICATE, HOST_CERTIFICATE, or something else. */
  kind: u32 = 0;
  /** Name that the authority gave it. */
  id: Uint8Array = EMPTY;
  /** Whom it speaks for. */
  principals: Uint8Array[] = new Array<Uint8Array>();
  /** Seconds since 1970; from 2^53 on they are rounded, which no clock notices. */
  validAfter: f64 = 0;
  /** The first second at which it is no longer valid. */
  validBefore: f64 = 0;
  /** Encoded, see `CertificateOptions`. */
  criticalOptions: Uint8Array = EMPTY;
  extensions: Uint8Array = EMPTY;

  /** All but the signature. */
  private signed: Uint8Array = EMPTY;
  private signature: Uint8Array = EMPTY;

  constructor(type: string, key: PublicKey, authority: PublicKey) {
    this.type = type;
    this.key = key;
    this.authority = authority;
  }

  /** The certificate in `blob`, or null if it isn't a well-formed one of a type that is known. */
  static parse(blob: Uint8Array): Certificate | null {
    const r = new Reader(blob);
    const name = r.string();
    for (let i = 0; i < keyTypes.length; i++) {
      const type = certificateType(keyTypes[i].name);
      if (isText(name, type)) return parseFields(type, keyTypes[i], blob, r);
    }
    return null;
  }

  /** An authority in a security key need not have been touched for it: OpenSSH doesn't ask either. */
  isSignedByAuthority(): bool {
    return verifySignature(this.authority, this.signature, this.signed);
  }

  /** The serial number in decimal, as ssh-keygen writes it. */
  serialText(): string {
    return Uint64.decode(new Reader(this.serial)).text();
  }

  /** Keeps what the authority's signature is about. */
  seal(signed: Uint8Array, signature: Uint8Array): void {
    this.signed = signed;
    this.signature = signature;
  }
}

/** The name of certificates over keys of `type`: the suffix takes the place of a domain. */
export function certificateType(type: string): string {
  const at = type.indexOf("@");
  return (at < 0 ? type : type.substring(0, at)) + SUFFIX;
}

/** `r` is behind the name. */
function parseFields(type: string, keyType: KeyType, blob: Uint8Array, r: Reader): Certificate | null {
  r.string(); // the nonce
  const start = blob.length - r.left();
  if (keyType.read(r, blob) == null) return null;
  const key = plainKey(keyType, blob.subarray(start, blob.length - r.left()));
  const serial = r.raw(8);
  const kind = r.uint32();
  const id = r.string();
  const principals = new Reader(r.string());
  const validAfter = Uint64.decode(r).toNumber();
  const validBefore = Uint64.decode(r).toNumber();
  const criticalOptions = r.string();
  const extensions = r.string();
  r.string(); // reserved
  const authority = parsePublicKey(r.string());
  const signed = blob.subarray(0, blob.length - r.left());
  const signature = r.string();
  if (!r.ok() || key == null || authority == null) return null;

  const certificate = new Certificate(type, key, authority);
  certificate.serial = serial;
  certificate.kind = kind;
  certificate.id = id;
  while (principals.left() > 0 && certificate.principals.length < PRINCIPALS_LIMIT) {
    certificate.principals.push(principals.string());
  }
  if (!principals.ok()) return null;
  certificate.validAfter = validAfter;
  certificate.validBefore = validBefore;
  certificate.criticalOptions = criticalOptions;
  certificate.extensions = extensions;
  certificate.seal(signed, signature);
  return certificate;
}

/** The certified key as it would be on its own: its type's name, and the same fields. */
function plainKey(type: KeyType, fields: Uint8Array): PublicKey | null {
  const w = new Writer(128);
  w.string(ascii(type.name));
  w.raw(fields);
  return parsePublicKey(copyOf(w.written(), 0, w.written().length));
}
