/**
 * ECDSA and RSA keys as the numbers that they are, and their forms in SSH: public keys and signatures, RFC 5656 section 3.1
 * and RFC 4253 section 6.6. For keys that are made elsewhere, or go elsewhere, and sign there: nothing is computed here.
 */
import { toBase64 } from "../../bytes/base64.ts";
import { copyOf, EMPTY, wipe } from "../../bytes/bytes.ts";
import { isText, printable } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";

export const SSH_RSA: string = "ssh-rsa";
const ECDSA: string = "ecdsa-sha2-";

/** The curves of RFC 5656 section 10.1, by the bits of their fields. */
export const CURVE_BITS: i32[] = [256, 384, 521];
/** Bits of a modulus. */
export const MODULUS_BITS: i32[] = [2048, 3072, 4096];

/** The first byte of a point in uncompressed form, SEC 1 section 2.3.3. */
const UNCOMPRESSED: u8 = 4;

export class PlainPublicKey {
  isRsa: bool;
  /** Of the curve's field, or of the modulus. */
  bits: i32;
  /** Of ECDSA: the point, each coordinate in as many bytes as the field's numbers have. */
  x: Uint8Array = EMPTY;
  y: Uint8Array = EMPTY;
  /** Of RSA: big-endian, the first byte not zero. */
  modulus: Uint8Array = EMPTY;
  exponent: u32 = 0;

  private constructor(isRsa: bool, bits: i32) {
    this.isRsa = isRsa;
    this.bits = bits;
  }

  /** Coordinates may lack leading zeros; they are not longer than the field's numbers. */
  static ecdsa(bits: i32, x: Uint8Array, y: Uint8Array): PlainPublicKey {
    const key = new PlainPublicKey(false, bits);
    key.x = padded(x, (bits + 7) >> 3);
    key.y = padded(y, (bits + 7) >> 3);
    return key;
  }

  static rsa(modulus: Uint8Array, exponent: u32): PlainPublicKey {
    const key = new PlainPublicKey(true, bitsOf(modulus));
    key.modulus = copyOf(modulus, 0, modulus.length);
    key.exponent = exponent;
    return key;
  }

  /** The key of a curve whose uncompressed point this is; null if it is none. */
  static fromPoint(bits: i32, point: Uint8Array): PlainPublicKey | null {
    const size = (bits + 7) >> 3;
    if (!CURVE_BITS.includes(bits) || point.length != 1 + 2 * size || point[0] != UNCOMPRESSED) return null;
    return PlainPublicKey.ecdsa(bits, point.subarray(1, 1 + size), point.subarray(1 + size));
  }

  /** The key of a modulus and an exponent, both big-endian; null if they can be none of a size that is in use. */
  static fromModulus(modulus: Uint8Array, exponent: Uint8Array): PlainPublicKey | null {
    if (!MODULUS_BITS.includes(bitsOf(modulus)) || exponent.length == 0 || exponent.length > 4) return null;
    let e: u32 = 0;
    for (let i = 0; i < exponent.length; i++) e = ((e << 8) | (exponent[i] as u32)) >>> 0;
    return e < 3 || (e & 1) == 0 ? null : PlainPublicKey.rsa(modulus, e);
  }

  /** The key in `blob`; null if it is of another type or not well-formed. */
  static parse(blob: Uint8Array): PlainPublicKey | null {
    const r = new Reader(blob);
    const type = r.string();
    const key = PlainPublicKey.read(r, type);
    return r.ok() ? key : null;
  }

  /** Reads what follows the type in a public key. */
  static read(r: Reader, type: Uint8Array): PlainPublicKey | null {
    if (isText(type, SSH_RSA)) {
      const exponent = r.magnitude();
      return PlainPublicKey.fromModulus(r.magnitude(), exponent);
    }
    for (let i = 0; i < CURVE_BITS.length; i++) {
      const bits = CURVE_BITS[i];
      if (!isText(type, ECDSA + curveName(bits))) continue;
      return isText(r.string(), curveName(bits)) ? PlainPublicKey.fromPoint(bits, r.string()) : null;
    }
    return null;
  }

  type(): string {
    return this.isRsa ? SSH_RSA : ECDSA + curveName(this.bits);
  }

  /** What ssh-keygen calls it. */
  label(): string {
    return this.isRsa ? "RSA" : "ECDSA";
  }

  /** The uncompressed point. */
  point(): Uint8Array {
    const point = new Uint8Array(1 + 2 * this.x.length);
    point[0] = UNCOMPRESSED;
    point.set(this.x, 1);
    point.set(this.y, 1 + this.x.length);
    return point;
  }

  /** The key as on the wire. */
  blob(): Uint8Array {
    const w = new Writer(64 + 2 * this.x.length + this.modulus.length);
    w.text(this.type());
    if (this.isRsa) {
      w.magnitude(bytesOf(this.exponent));
      w.magnitude(this.modulus);
    } else {
      w.text(curveName(this.bits));
      w.string(this.point());
    }
    return copyOf(w.written(), 0, w.written().length);
  }

  /** As in authorized_keys and `.pub` files, without comment and line end. */
  line(): string {
    return this.type() + " " + printable(toBase64(this.blob()));
  }
}

/** A pair with its comment. */
export class PlainPrivateKey {
  publicKey: PlainPublicKey;
  /** Of ECDSA the scalar, in as many bytes as a coordinate; of RSA one of the two primes, half as long as the modulus. */
  secret: Uint8Array;
  comment: Uint8Array;

  constructor(publicKey: PlainPublicKey, secret: Uint8Array, comment: Uint8Array) {
    this.publicKey = publicKey;
    this.secret = secret;
    this.comment = comment;
  }

  wipe(): void {
    wipe(this.secret);
  }
}

/** A signature of ECDSA: its type is the key's. `r` and `s` are big-endian, with leading zeros or without. */
export function ecdsaSignature(bits: i32, r: Uint8Array, s: Uint8Array): Uint8Array {
  const pair = new Writer(160);
  pair.magnitude(r);
  pair.magnitude(s);
  const w = new Writer(192);
  w.text(ECDSA + curveName(bits));
  w.string(pair.written());
  return copyOf(w.written(), 0, w.written().length);
}

/** A signature of RSA: its type says by which hash, e.g. `rsa-sha2-512` (RFC 8332 section 3). */
export function rsaSignature(type: string, value: Uint8Array): Uint8Array {
  const w = new Writer(32 + value.length);
  w.text(type);
  w.string(value);
  return copyOf(w.written(), 0, w.written().length);
}

function curveName(bits: i32): string {
  return `nistp${bits}`;
}

/** `number` in `length` bytes, which it has or falls short of. */
export function padded(number: Uint8Array, length: i32): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set(number, length - number.length);
  return bytes;
}

/** Of a number whose first byte is not zero. */
export function bitsOf(number: Uint8Array): i32 {
  if (number.length == 0) return 0;
  let bits = 8 * number.length - 8;
  for (let first = number[0] as i32; first > 0; first >>= 1) bits++;
  return bits;
}

function bytesOf(value: u32): Uint8Array {
  const bytes = new Uint8Array(4);
  for (let i = 0; i < 4; i++) bytes[i] = ((value >>> (24 - 8 * i)) & 255) as u8;
  return bytes;
}
