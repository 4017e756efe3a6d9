/**
 * ECDSA and RSA private keys in the forms of OpenSSL, not encrypted: PKCS#1 (RFC 8017 appendix A.1.2), SEC 1's
 * (RFC 5915) and PKCS#8 (RFC 5208, RFC 5958); and public keys as X.509 has them (RFC 5280 section 4.1.2.7). All take
 * what is in the PEM, and give null unless it is such a key.
 *
 * Of an RSA key's numbers only those are read that it is known by: the modulus, the public exponent and a prime.
 */
import { EMPTY, equal } from "../../bytes/bytes.ts";
import { kernels } from "../../crypto/kernels.ts";
import { DerReader, explicit, NULL, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE } from "../../der/der-reader.ts";
import { oid } from "../../der/object-identifier.ts";
import { CURVE_BITS, padded, PlainPrivateKey, PlainPublicKey } from "./plain-key.ts";

/** RFC 3279 section 2.3.1; RFC 5480 section 2.1.1; RFC 8410 section 3. */
const RSA: Uint8Array = oid("1.2.840.113549.1.1.1");
const ECDSA: Uint8Array = oid("1.2.840.10045.2.1");
const ED25519: Uint8Array = oid("1.3.101.112");
/** Of the curves in CURVE_BITS, RFC 5480 section 2.1.1.1. */
const CURVES: Uint8Array[] = [oid("1.2.840.10045.3.1.7"), oid("1.3.132.0.34"), oid("1.3.132.0.35")];

/** PKCS#1's RSAPrivateKey. */
export function readRsaKey(bytes: Uint8Array): PlainPrivateKey | null {
  const outer = new DerReader(bytes);
  const r = outer.inner(SEQUENCE);
  const version = r.uint32(); // 1 says that there are more than two primes
  const modulus = r.magnitude();
  const publicKey = PlainPublicKey.fromModulus(modulus, r.magnitude());
  r.magnitude();
  const prime = r.magnitude();
  for (let i = 0; i < 4; i++) r.magnitude();
  if (!r.ok() || !outer.ok() || version != 0 || publicKey == null) return null;
  return rsaKey(publicKey, prime, EMPTY);
}

/** The key that one of its primes gives, unless that is not half as long as the modulus. */
export function rsaKey(publicKey: PlainPublicKey, prime: Uint8Array, comment: Uint8Array): PlainPrivateKey | null {
  if (2 * prime.length != publicKey.modulus.length) return null;
  return new PlainPrivateKey(publicKey, padded(prime, prime.length), comment);
}

/** SEC 1's ECPrivateKey. `bits`: of the curve that was named outside; 0 if it is named within. */
export function readEcKey(bytes: Uint8Array, bits: i32): PlainPrivateKey | null {
  const outer = new DerReader(bytes);
  const r = outer.inner(SEQUENCE);
  const version = r.uint32();
  const scalar = r.element(OCTET_STRING);
  if (r.tag() == explicit(0)) {
    const parameters = r.inner(explicit(0));
    const named = curveOf(parameters.element(OBJECT_IDENTIFIER));
    if (!parameters.ok() || (bits != 0 && named != bits)) return null;
    bits = named;
  }
  let point = EMPTY;
  if (r.tag() == explicit(1)) {
    const field = r.inner(explicit(1));
    point = field.bits();
    if (!field.ok()) return null;
  }
  if (!r.ok() || !outer.ok() || version != 1 || bits == 0) return null;
  if (point.length == 0 && bits == 256 && scalar.length == 32) point = computedPoint(scalar);
  const publicKey = PlainPublicKey.fromPoint(bits, point);
  return publicKey != null ? ecdsaKey(publicKey, scalar, EMPTY) : null;
}

/**
 * The key of a scalar, unless that is too long, or does not belong to the public key: which can be told of P-256 alone, as
 * there is no arithmetic of the other curves here.
 */
export function ecdsaKey(publicKey: PlainPublicKey, scalar: Uint8Array, comment: Uint8Array): PlainPrivateKey | null {
  if (scalar.length > publicKey.x.length) return null;
  const key = new PlainPrivateKey(publicKey, padded(scalar, publicKey.x.length), comment);
  if (publicKey.bits != 256 || equal(computedPoint(key.secret), publicKey.point())) return key;
  key.wipe();
  return null;
}

/** Empty if there is no such scalar. */
function computedPoint(scalar: Uint8Array): Uint8Array {
  const point = new Uint8Array(65);
  return kernels().p256PublicKey(point, scalar) ? point : EMPTY;
}

/** PKCS#8's PrivateKeyInfo, or OneAsymmetricKey. */
export function readPkcs8(bytes: Uint8Array): PlainPrivateKey | null {
  const outer = new DerReader(bytes);
  const r = outer.inner(SEQUENCE);
  const version = r.uint32();
  const algorithm = new Algorithm(r.inner(SEQUENCE));
  const key = r.element(OCTET_STRING);
  while (r.tag() != 0) r.skip(); // attributes, and once more the public key
  if (!r.ok() || !outer.ok() || version > 1) return null;
  if (algorithm.isRsa) return readRsaKey(key);
  return algorithm.bits > 0 ? readEcKey(key, algorithm.bits) : null;
}

/** True if this PKCS#8 holds a key of Ed25519. */
export function isEd25519(bytes: Uint8Array): bool {
  const r = new DerReader(bytes).inner(SEQUENCE);
  r.uint32();
  return equal(r.inner(SEQUENCE).element(OBJECT_IDENTIFIER), ED25519);
}

/** X.509's SubjectPublicKeyInfo. */
export function readPublicKeyInfo(bytes: Uint8Array): PlainPublicKey | null {
  const outer = new DerReader(bytes);
  const r = outer.inner(SEQUENCE);
  const algorithm = new Algorithm(r.inner(SEQUENCE));
  const key = r.bits();
  if (!r.ok() || !outer.ok()) return null;
  if (algorithm.bits > 0) return PlainPublicKey.fromPoint(algorithm.bits, key);
  if (!algorithm.isRsa) return null;
  const whole = new DerReader(key);
  const numbers = whole.inner(SEQUENCE);
  const modulus = numbers.magnitude();
  const exponent = numbers.magnitude();
  return numbers.ok() && whole.ok() ? PlainPublicKey.fromModulus(modulus, exponent) : null;
}

/** What a key is of, X.509's AlgorithmIdentifier: neither if it is of something else. */
class Algorithm {
  isRsa: bool = false;
  /** Of the curve that an ECDSA key is of. */
  bits: i32 = 0;

  constructor(r: DerReader) {
    const name = r.element(OBJECT_IDENTIFIER);
    if (equal(name, RSA)) {
      r.element(NULL);
      this.isRsa = r.ok();
    } else if (equal(name, ECDSA)) {
      const bits = curveOf(r.element(OBJECT_IDENTIFIER));
      if (r.ok()) this.bits = bits;
    }
  }
}

/** The bits of a curve; 0 if it isn't known. */
function curveOf(name: Uint8Array): i32 {
  for (let i = 0; i < CURVES.length; i++) if (equal(name, CURVES[i])) return CURVE_BITS[i];
  return 0;
}
