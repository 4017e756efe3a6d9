/** TPM keys and signatures in SSH's forms, and SSH's keys in the TPM's. */
import { ecdsaSignature, PlainPublicKey, rsaSignature } from "../../core/ssh/key/plain-key.ts";
import { ALG_ECC, ALG_RSA, CURVE_P256, CURVE_P384, CURVE_P521 } from "../../core/tpm/constants.ts";
import { DEFAULT_EXPONENT, PublicArea } from "../../core/tpm/public-area.ts";
import { Signature } from "../../core/tpm/signature.ts";
import { eccSigner, imported, rsaSigner } from "../../core/tpm/templates.ts";

/** TPM_ECC_CURVE and the bits of its field, in pairs. */
const CURVES: u32[] = [CURVE_P256, 256, CURVE_P384, 384, CURVE_P521, 521];

/** Of a modulus: what a TPM has at least, and more than any padding needs. */
const LEAST_RSA_BYTES: i32 = 128;

/** The public key of an area; null if it isn't one that SSH has. */
export function sshKeyOf(area: PublicArea): PlainPublicKey | null {
  if (area.type == ALG_RSA) {
    const exponent = area.exponent == 0 ? DEFAULT_EXPONENT : area.exponent;
    if (area.unique.length < LEAST_RSA_BYTES || area.unique[0] == 0) return null;
    return PlainPublicKey.rsa(area.unique, exponent);
  }
  if (area.type != ALG_ECC) return null;
  for (let i = 0; i < CURVES.length; i += 2) {
    if (area.curve != CURVES[i]) continue;
    const bits = CURVES[i + 1] as i32;
    const size = (bits + 7) >> 3;
    if (area.x.length > size || area.y.length > size) return null;
    return PlainPublicKey.ecdsa(bits, area.x, area.y);
  }
  return null;
}

/** The area of a key that was made outside of any TPM and may leave one again; it signs, and has no policy. */
export function areaOf(key: PlainPublicKey): PublicArea {
  const area = imported(key.isRsa ? rsaSigner(key.bits as u32) : eccSigner(key.bits as u32));
  area.unique = key.modulus;
  if (key.isRsa && key.exponent != DEFAULT_EXPONENT) area.exponent = key.exponent;
  area.x = key.x;
  area.y = key.y;
  return area;
}

/** A signature on the wire. `type`: of an RSA key's, e.g. `rsa-sha2-512`; that of ECDSA follows from the key. */
export function signatureBlob(key: PlainPublicKey, signature: Signature, type: string): Uint8Array {
  return key.isRsa ? rsaSignature(type, signature.rsa) : ecdsaSignature(key.bits, signature.r, signature.s);
}
