/**
 * The public half of an object, TPMT_PUBLIC (TPM 2.0 Part 2, 12.2.4): ECC and RSA keys, and sealed data. What symmetric
 * keys and keyed hashes with a scheme have in its place is left out.
 */
import { EMPTY } from "../bytes/bytes.ts";
import { Reader } from "../wire/reader.ts";
import { Writer } from "../wire/writer.ts";
import {
  ALG_AES,
  ALG_CFB,
  ALG_ECC,
  ALG_KEYEDHASH,
  ALG_NULL,
  ALG_RSA,
  ALG_SHA256,
  DECRYPT,
  RESTRICTED,
} from "./constants.ts";
import { sha256 } from "./key-derivation.ts";

/** What an RSA key with exponent 0 has. */
export const DEFAULT_EXPONENT: u32 = 65537;

const ECDAA: u32 = 0x001a;
const RSAES: u32 = 0x0015;

export class PublicArea {
  type: u32 = ALG_ECC;
  nameAlgorithm: u32 = ALG_SHA256;
  attributes: u32 = 0;
  authPolicy: Uint8Array = EMPTY;
  /** TPMT_SYM_DEF_OBJECT: only storage keys have one. 0 bits: none. AES in CFB mode otherwise. */
  symmetricBits: u32 = 0;
  /** ALG_NULL: who uses the key says which. */
  scheme: u32 = ALG_NULL;
  schemeHash: u32 = ALG_NULL;
  /** Of an ECC key. */
  curve: u32 = 0;
  x: Uint8Array = EMPTY;
  y: Uint8Array = EMPTY;
  /** Of an RSA key; an exponent of 0 stands for 65537. */
  keyBits: u32 = 0;
  exponent: u32 = 0;
  /** An RSA key's modulus, or what sealed data is known by. */
  unique: Uint8Array = EMPTY;

  /** Reads an area that `bytes` wholly are; null if it is of another kind, or damaged. */
  static decode(bytes: Uint8Array): PublicArea | null {
    const r = new Reader(bytes);
    const area = new PublicArea();
    area.type = r.uint16();
    area.nameAlgorithm = r.uint16();
    area.attributes = r.uint32();
    area.authPolicy = r.sized();
    if (area.type == ALG_KEYEDHASH) area.readSealed(r);
    else if (area.type == ALG_ECC || area.type == ALG_RSA) area.readKey(r);
    else return null;
    return r.ok() ? area : null;
  }

  private readSealed(r: Reader): void {
    if (r.uint16() != ALG_NULL) r.bad = true;
    this.unique = r.sized();
  }

  private readKey(r: Reader): void {
    const symmetric = r.uint16();
    if (symmetric == ALG_AES) {
      this.symmetricBits = r.uint16();
      if (this.symmetricBits == 0 || r.uint16() != ALG_CFB) r.bad = true;
    } else if (symmetric != ALG_NULL) r.bad = true;
    this.scheme = r.uint16();
    // Of the schemes, one has no hash, and one has a counter besides.
    if (this.scheme != ALG_NULL && this.scheme != RSAES) this.schemeHash = r.uint16();
    if (this.scheme == ECDAA) r.bad = true;
    if (this.type == ALG_RSA) {
      this.keyBits = r.uint16();
      this.exponent = r.uint32();
      this.unique = r.sized();
      return;
    }
    this.curve = r.uint16();
    if (r.uint16() != ALG_NULL) r.bad = true; // the key derivation, which no TPM lets anybody choose
    this.x = r.sized();
    this.y = r.sized();
  }

  encode(w: Writer): void {
    w.uint16(this.type);
    w.uint16(this.nameAlgorithm);
    w.uint32(this.attributes);
    w.sized(this.authPolicy);
    if (this.type == ALG_KEYEDHASH) {
      w.uint16(ALG_NULL);
      w.sized(this.unique);
      return;
    }
    w.uint16(this.symmetricBits > 0 ? ALG_AES : ALG_NULL);
    if (this.symmetricBits > 0) {
      w.uint16(this.symmetricBits);
      w.uint16(ALG_CFB);
    }
    w.uint16(this.scheme);
    if (this.scheme != ALG_NULL && this.scheme != RSAES) w.uint16(this.schemeHash);
    if (this.type == ALG_RSA) {
      w.uint16(this.keyBits);
      w.uint32(this.exponent);
      w.sized(this.unique);
      return;
    }
    w.uint16(this.curve);
    w.uint16(ALG_NULL);
    w.sized(this.x);
    w.sized(this.y);
  }

  encoded(): Uint8Array {
    const w = new Writer(128);
    this.encode(w);
    return w.written();
  }

  /** True if other keys can be kept under it. */
  isParent(): bool {
    const both: u32 = RESTRICTED | DECRYPT;
    return (this.attributes & both) >>> 0 == both && this.type != ALG_KEYEDHASH;
  }
}

/** What the TPM knows an object by (Part 1, 16): the algorithm, and the digest of its public area, `bytes`. Only of SHA-256. */
export function nameOf(bytes: Uint8Array): Uint8Array {
  const w = new Writer(40);
  w.uint16(ALG_SHA256);
  w.raw(sha256(bytes));
  return w.written();
}
