/**
 * The key that signs for which states of the machine a TPM is to give a secret out: an RSA public key in PEM (RFC 5280 section
 * 4.1.2.7, RFC 8017 appendix A.1.1). Others are left out: up to 257, systemd can't open what was sealed for one of ECDSA.
 */
import { EMPTY } from "../bytes/bytes.ts";
import { toHex } from "../bytes/hex.ts";
import { DerReader, NULL, OBJECT_IDENTIFIER, SEQUENCE } from "../der/der-reader.ts";
import { fromPem } from "../pem/pem.ts";
import { ALG_RSA, DECRYPT, SIGN, USER_WITH_AUTH } from "../tpm/constants.ts";
import { sha256 } from "../tpm/key-derivation.ts";
import { PublicArea } from "../tpm/public-area.ts";

/** 1.2.840.113549.1.1.1, RFC 3279 section 2.3.1, as DER has it: this is in initramfs images, where bytes count. */
const RSA: string = "2a864886f70d010101";
/** Of the modulus, in bytes: what TPMs have. */
const LEAST_BYTES: i32 = 256;
const MOST_BYTES: i32 = 512;

export class SigningKey {
  /** TPMT_PUBLIC, as systemd makes it: the policy depends on each of its bits. */
  area: Uint8Array = EMPTY;
  /** The SHA-256 of PKCS#1's RSAPublicKey, by which files of signatures know it. */
  fingerprint: Uint8Array = EMPTY;

  /** Null if the PEM holds no such key. */
  static parse(text: Uint8Array): SigningKey | null {
    const pem = fromPem(text);
    const outer = new DerReader(pem.bytes);
    const info = outer.inner(SEQUENCE);
    const algorithm = info.inner(SEQUENCE);
    const name = algorithm.element(OBJECT_IDENTIFIER);
    algorithm.element(NULL);
    const bits = info.bits();
    const whole = new DerReader(bits);
    const numbers = whole.inner(SEQUENCE);
    const area = new PublicArea();
    area.type = ALG_RSA;
    area.attributes = USER_WITH_AUTH | DECRYPT | SIGN;
    area.unique = numbers.magnitude();
    area.exponent = numbers.uint32();
    area.keyBits = (area.unique.length * 8) as u32;
    if (pem.label != "PUBLIC KEY" || toHex(name) != RSA) return null;
    if (!outer.ok() || !info.ok() || !algorithm.ok() || !whole.ok() || !numbers.ok()) return null;
    if (area.unique.length < LEAST_BYTES || area.unique.length > MOST_BYTES || area.unique[0] < 128) return null;
    const key = new SigningKey();
    key.area = area.encoded();
    key.fingerprint = sha256(bits);
    return key;
  }
}
